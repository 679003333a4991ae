/*
 * price_book.c
 *		The price floors as a backend remembers them, and the rules by which it
 *		forgets them.
 *
 * A check promises the answer that the query "SELECT ... FROM floors" would
 * give if the trigger ran it at that moment: under READ COMMITTED with a new
 * snapshot, under REPEATABLE READ and SERIALIZABLE with the transaction's.
 * Reading all floors in order to check one row would be absurd, so a book is
 * kept, one for each (floors relation, reader, kind), and used as long as the
 * query is known to give the same again.  Why it is known:
 *
 * 1. Whoever changes floors says so.  A statement trigger on the tables behind
 *	  the relation, price_floor_changed(), registers a relcache invalidation of
 *	  the floors relation.  PostgreSQL delivers it to this backend at the next
 *	  command of the same transaction, again when that (sub)transaction aborts,
 *	  and to all backends when it commits.  Each delivery ends the validity of
 *	  the books that depend on the relation.  DDL on any relation that the load
 *	  has read sends such messages by itself.
 *
 * 2. A commit becomes visible (ProcArrayEndTransaction) a moment before its
 *	  messages are sent, and locks are released after that.  In between, a new
 *	  snapshot sees the change while nobody has been told.  So the changer also
 *	  holds a lock that conflicts with nothing, and the check looks, in this
 *	  order: (a) does another transaction hold it, and has that transaction
 *	  already become visible?  Then the floors are read afresh.  (b) Messages
 *	  are absorbed.  If (a) found no holder, everything committed before (a)
 *	  has been sent and is seen in (b); a holder that still has its local
 *	  transaction id is not visible yet, and the book is right as it is.
 *	  Nobody waits for anybody.
 *
 * 3. A message can arrive while floors are being read.  The number of messages
 *	  before the snapshot is compared with the number after the load; a book
 *	  that was overtaken serves the statement at hand and no other.
 *
 * 4. A book loaded by the running transaction ("young") may hold changes of
 *	  that transaction which the message of 1 did not cover yet (the load ran
 *	  inside the very statement that changes floors).  Therefore every abort of
 *	  the transaction or of any subtransaction, and PREPARE, drop the young
 *	  books.
 *
 * 5. Under a transaction snapshot (REPEATABLE READ, SERIALIZABLE) only young
 *	  books are used, and they die with the transaction ("frozen").  They must
 *	  not survive, because the snapshot may be older than changes that have been
 *	  announced already; older ones must not be used, because the snapshot may
 *	  be an imported one from before them, and because under SERIALIZABLE only
 *	  a read of its own takes the predicate locks that make a concurrent
 *	  change of floors a conflict.  (2) is not needed here: the book was read
 *	  under the snapshot itself, and only own changes matter.
 *
 * What changes floors without a statement trigger is not seen: a disabled
 * trigger, logical replication (there the trigger is created FOR EACH ROW and
 * ENABLE ALWAYS), a view that reads settings or the clock.
 *
 * Callbacks only mark; memory is released where no book is in use: when a new
 * one is asked for, and at the end of a transaction.  The user of a book runs
 * no SQL while using it.
 */
#include "distmgmt.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "price/price_book.h"

/* Hash key and entry: which floors, read with whose eyes. */
typedef struct PriceShelfKey
{
	Oid			floors_relid;
	Oid			reader;
	int32		kind;
} PriceShelfKey;

typedef struct PriceShelf
{
	PriceShelfKey key;			/* no padding: three 4-byte fields */
	PriceBook  *book;			/* or NULL */
} PriceShelf;

static HTAB *shelves = NULL;

/* Relcache messages this backend has seen since the shelves were made. */
static uint64 messages = 0;

/* Whether the load of a book has read the relation; all, if it is invalid. */
static bool
depends_on(const PriceBook *book, Oid relid)
{
	if (!OidIsValid(relid) || book->floors_relid == relid)
		return true;
	for (int i = 0; i < book->ndepends; i++)
	{
		if (book->depends[i] == relid)
			return true;
	}
	return false;
}

/* Relcache callback: the floors of this relation are no longer known. */
static void
forget_relation(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	PriceShelf *shelf;

	messages++;
	hash_seq_init(&status, shelves);
	while ((shelf = hash_seq_search(&status)) != NULL)
	{
		if (shelf->book != NULL && depends_on(shelf->book, relid))
			shelf->book->valid = false;
	}
}

/* Subtransaction callback: rule 4. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId subid,
				   SubTransactionId parent, void *arg)
{
	HASH_SEQ_STATUS status;
	PriceShelf *shelf;

	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	hash_seq_init(&status, shelves);
	while ((shelf = hash_seq_search(&status)) != NULL)
	{
		if (shelf->book != NULL && shelf->book->young)
			shelf->book->valid = false;
	}
}

/*
 * Transaction callback: rules 4 and 5.  Nothing uses a book here, so what is
 * no longer valid is also released.
 */
static void
end_transaction(XactEvent event, void *arg)
{
	HASH_SEQ_STATUS status;
	PriceShelf *shelf;
	bool		committed;

	switch (event)
	{
		case XACT_EVENT_COMMIT:
			committed = true;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			committed = false;
			break;
		default:
			return;
	}

	hash_seq_init(&status, shelves);
	while ((shelf = hash_seq_search(&status)) != NULL)
	{
		PriceBook  *book = shelf->book;

		if (book != NULL &&
			(!book->valid || (book->young && (book->frozen || !committed))))
		{
			shelf->book = NULL;
			MemoryContextDelete(book->context);
		}
		if (shelf->book == NULL)
			(void) hash_search(shelves, &shelf->key, HASH_REMOVE, NULL);
		else
			shelf->book->young = false;
	}
}

/* Makes the shelves and hooks the callbacks, once in a backend. */
static void
make_shelves(void)
{
	HASHCTL		control;

	if (shelves != NULL)
		return;
	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(PriceShelfKey);
	control.entrysize = sizeof(PriceShelf);
	control.hcxt = CacheMemoryContext;
	shelves = hash_create("price floor shelves", 16, &control,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

/*
 * Rule 2(a): whether another transaction has changed the floors, can be seen
 * by new snapshots, and has perhaps not sent its messages.
 */
static bool
change_is_landing(Oid floors_relid)
{
	LOCKTAG		tag;
	VirtualTransactionId *holders;
	int			nholders;
	bool		landing = false;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, floors_relid, 0);
	holders = GetLockConflicts(&tag, ShareLock, &nholders);
	for (int i = 0; i < nholders && !landing; i++)
	{
		PGPROC	   *proc = VxidGetProc(holders[i]);

		/*
		 * The id is cleared in the act of becoming visible.  A prepared
		 * transaction has none of its own and always counts as landing.
		 */
		landing = (proc == NULL ||
				   ProcGetLxid(proc) != holders[i].localTransactionId);
	}
	pfree(holders);
	return landing;
}

/*
 * The price book to check one statement with, read as "reader" where it is
 * not at hand.  Stays good until the caller runs SQL or returns.
 */
const PriceBook *
price_book_get(Oid floors_relid, Oid reader, PriceKind kind)
{
	PriceShelfKey key;
	PriceShelf *shelf;
	PriceBook  *book;
	PriceIdentity before;
	uint64		messages_before;
	bool		landing = false;

	make_shelves();
	key.floors_relid = floors_relid;
	key.reader = reader;
	key.kind = kind;

	if (!IsolationUsesXactSnapshot())
		landing = change_is_landing(floors_relid);
	AcceptInvalidationMessages();

	shelf = hash_search(shelves, &key, HASH_FIND, NULL);
	if (shelf != NULL && shelf->book != NULL && shelf->book->valid &&
		(IsolationUsesXactSnapshot() ? shelf->book->young : !landing))
		return shelf->book;

	messages_before = messages;
	price_act_as(reader, &before);
	book = price_book_load(floors_relid, kind);
	price_act_as_before(&before);
	book->valid = (messages == messages_before);
	book->young = true;
	book->frozen = IsolationUsesXactSnapshot();

	/* the load ran SQL, which may have come here for itself: look again */
	shelf = hash_search(shelves, &key, HASH_FIND, NULL);
	if (shelf == NULL)
	{
		bool		found;

		shelf = hash_search(shelves, &key, HASH_ENTER, &found);
		shelf->book = NULL;
	}
	if (shelf->book != NULL)
		MemoryContextDelete(shelf->book->context);
	shelf->book = book;
	return book;
}

/*
 * The running transaction has changed floors: forget the own books now and
 * everybody's at commit (rule 1), and let others see that a change is on its
 * way (rule 2).
 */
void
price_book_changed(Oid floors_relid)
{
	make_shelves();
	LockDatabaseObject(RelationRelationId, floors_relid, 0, RowExclusiveLock);
	CacheInvalidateRelcacheByRelid(floors_relid);
	forget_relation((Datum) 0, floors_relid);
}
