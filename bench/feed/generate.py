#!/usr/bin/env python3
"""Write an 867 of some size and print the totals that a reader must return.

    generate.py FILE [MEGABYTES] [SEED]

One interchange, one group, 500 lines to a transaction set; a tenth of the
lines are returns, in the encodings of 5.2 of EDI.md. Prints one line of JSON:
bytes, segments, sets, lines, quantity (signed), amount (signed, cents).
"""
import json
import random
import sys


def main():
    path = sys.argv[1]
    wanted = float(sys.argv[2]) * 1e6 if len(sys.argv) > 2 else 20e6
    rnd = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    total = dict(bytes=0, segments=0, sets=0, lines=0, quantity=0, amount=0)
    with open(path, "w", encoding="ascii", newline="") as out:

        def put(segment):
            total["bytes"] += out.write(segment + "~\n")
            total["segments"] += 1

        put("ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         "
            "*260901*1200*U*00401*000000001*0*P*>")
        put("GS*PT*DISTRIBUTOR*VENDOR*20260901*1200*1*X*004010")
        while total["bytes"] < wanted:
            total["sets"] += 1
            control = "%04d" % total["sets"]
            begin = total["segments"]
            put("ST*867*" + control)
            put("BPT*00*R%s*20260901*SS" % control)
            put("CUR*SE*USD")
            put("DTM*090*20260801")
            put("DTM*091*20260831")
            put("N1*DB*DISTRIBUTOR ONE*92*D01")
            put("N1*MF*VENDOR*92*V01")
            for line in range(500):
                quantity = rnd.randint(1, 99)
                cents = rnd.randint(100, 99999)
                price = "%d.%02d" % divmod(cents, 100)
                amount = "%d.%02d" % divmod(quantity * cents, 100)
                kind = rnd.randint(0, 29)
                transfer, qualifier, sign, money = "SS", "32", "", ""
                if kind == 0:       # A: positive under 76, money negative
                    transfer, qualifier, money = "RU", "76", "-"
                elif kind == 1:     # B: 76 and negative
                    qualifier, sign = "76", "-"
                elif kind == 2:     # C: a returning transfer, negative
                    transfer, sign = "RP", "-"
                back = kind < 3
                put("PTD*%s***DI*INV%s%05d" % (transfer, control, line))
                put("DTM*003*202608%02d" % rnd.randint(1, 31))
                put("REF*PO*PO%d" % rnd.randint(1, 999999))
                customer = rnd.randint(1, 5000)
                put("N1*ST*CUSTOMER %d INC*92*C%05d" % (customer, customer))
                put("N4*SPRINGFIELD*IL*62701*US")
                put("QTY*%s*%s%d*EA" % (qualifier, sign, quantity))
                put("LIN**VP*PART-%06d*UP*012345678905" % rnd.randint(1, 20000))
                put("UIT*EA*%s%s*RS" % (money, price))
                put("AMT*1*%s%s" % (money, amount))
                put("REF*LI*%d" % (line + 1))
                total["lines"] += 1
                total["quantity"] += -quantity if back else quantity
                total["amount"] += -quantity * cents if back else quantity * cents
            put("CTT*500")
            put("SE*%d*%s" % (total["segments"] - begin + 1, control))
        put("GE*%d*1" % total["sets"])
        put("IEA*1*000000001")
    print(json.dumps(total))


main()
