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
 *	  messages are sent, and its locks are released after that.  In between, a
 *	  new snapshot sees the change while nobody has been told.  So a
 *	  transaction that has changed floors locks them just before it commits,
 *	  and the check, in this order, (a) looks whether anybody holds that lock,
 *	  in which case the floors are read afresh, and (b) absorbs messages.  What
 *	  was visible before (a) had taken the lock before, has released it since,
 *	  and so has sent its messages: (b) finds them.  Nobody waits for anybody
 *	  longer than it takes to look, and a change that is still being made
 *	  costs others nothing.
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
 * A statement's change of floors counts once its trigger has fired.  What
 * changes floors without firing it is not seen: a disabled trigger, logical
 * replication (there the trigger is created FOR EACH ROW and ENABLE ALWAYS), a
 * view that reads settings or the clock.
 *
 * Callbacks only mark; memory is released where no book is in use: when a new
 * one is asked for, and at the end of a transaction.  The user of a book
 * writes nothing while using it, so that no other check can ask.
 */
#include "distmgmt.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
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

/* Floors relations the transaction has changed, in TopTransactionContext. */
static List *changed = NIL;

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
 * Transaction callback: rule 2 before the commit, rules 4 and 5 after it.
 * Nothing uses a book here, so what is no longer valid is also released.
 */
static void
end_transaction(XactEvent event, void *arg)
{
	HASH_SEQ_STATUS status;
	PriceShelf *shelf;
	ListCell   *cell;
	bool		committed;

	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			foreach(cell, changed)
				LockDatabaseObject(RelationRelationId, lfirst_oid(cell), 0,
								   RowExclusiveLock);
			return;
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

	changed = NIL;
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
 * Rule 2(a): whether a transaction that has changed the floors is in the act
 * of committing.  GetLockConflicts() would not do: it leaves out the holders
 * that have become visible already.
 */
static bool
change_is_landing(Oid floors_relid)
{
	if (!ConditionalLockDatabaseObject(RelationRelationId, floors_relid, 0,
									   ShareLock))
		return true;
	UnlockDatabaseObject(RelationRelationId, floors_relid, 0, ShareLock);
	return false;
}

/*
 * The price book to check one statement with, read as "reader" where it is
 * not at hand.  Stays good until the caller writes something or returns.
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
	price_act_as(reader, floors_relid, &before);
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
 * everybody's at commit (rule 1), and remember to land in view of all (rule 2).
 */
void
price_book_changed(Oid floors_relid)
{
	MemoryContext context;

	make_shelves();
	context = MemoryContextSwitchTo(TopTransactionContext);
	changed = list_append_unique_oid(changed, floors_relid);
	MemoryContextSwitchTo(context);
	CacheInvalidateRelcacheByRelid(floors_relid);
	forget_relation((Datum) 0, floors_relid);
}
