/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One receipt of ours that goes in a connection of its own, over a network that loses and is slow,
 * while we crash at any moment and its deadline passes at any moment.  It is asked for by a message
 * that was accepted, which may come again and ask again; or it refuses one that, coming again, may be
 * accepted, and then is withdrawn.
 *
 * The states are those of the second table of src/exchange/delivery.c, and MOVE is the only way from
 * one to another: `run`, beside this file, holds the moves here to the table there, as it does those
 * of delivery.pml.  What the receipt does at the partner is said there.
 *
 * What is proved:
 *   no loss          what is owed is forgotten by no crash
 *   no false word    "delivered" only of what the partner took, "refused" only of what it did not
 *                    want
 *   withdrawn        no courier goes with a refusal that is not true any more
 *   answered         who asks again is sent it again, whatever a courier of before says
 *   settled          whatever is owed ends delivered, refused or expired
 */

mtype = { NONE, READY, SENDING, DEFERRED, DELIVERED, REFUSED, EXPIRED };

#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef ASKS
#define ASKS 2    /* times that a message comes again */
#endif
#define FLIGHTS 2 /* couriers with it at a time: of one that ended there may be one left */

mtype owed = NONE; /* durable, in the commit of the message it is for */
byte flights;      /* couriers that have it; each says one word when it is back */
byte crashes, asks;
bool refuses;      /* it is a refusal */
bool withdrawn;    /* durable: the message was accepted when it came again */
bool late;         /* the deadline of this life of it is over */
bool unwanted;     /* the partner will never take it */
byte took;         /* how often the partner took it */
bool turned_away;  /* it said that it will not */
bool asked;        /* asked for again, and not sent since */

#define MOVE(from, to) (owed == from) -> owed = to
#define IS_FINAL (owed == DELIVERED || owed == REFUSED || owed == EXPIRED)
#define WAITS (owed == READY || owed == SENDING || owed == DEFERRED)

inline fly()
{
	assert(!withdrawn);
	flights++;
	asked = false
}

proctype message()
{
end:
	(owed == NONE);
	owed = READY /* the commit */
}

/* A courier is there, and takes it where it waits.  That its deadline is over another one finds. */
proctype queue()
{
end:
	do
	:: atomic { flights < FLIGHTS && MOVE(READY, SENDING); fly() }
	:: atomic { flights < FLIGHTS && MOVE(DEFERRED, SENDING); fly() }
	od
}

/* What a courier says when it is back; of a life that is over it may be the last word. */
proctype couriers()
{
end:
	do
	/* Taken, and heard of it. */
	:: atomic { flights > 0 && !unwanted ->
		flights--; took = 1;
		if
		:: MOVE(SENDING, DELIVERED)
		:: MOVE(EXPIRED, DELIVERED)
		:: owed != SENDING && owed != EXPIRED
		fi }
	/* Not for good: it may have been taken, and the word was lost. */
	:: atomic { flights > 0 ->
		flights--;
		if
		:: !unwanted -> took = 1
		:: true
		fi;
		if
		:: MOVE(SENDING, DEFERRED)
		:: owed != SENDING
		fi }
	:: atomic { flights > 0 && unwanted ->
		flights--; turned_away = true;
		if
		:: MOVE(SENDING, REFUSED)
		:: MOVE(EXPIRED, REFUSED)
		:: owed != SENDING && owed != EXPIRED
		fi }
	od
}

/* An overdue one ends, also while a courier is on the way with it. */
proctype deadline()
{
	late = true;
end:
	do
	:: atomic { late && MOVE(READY, EXPIRED) }
	:: atomic { late && MOVE(SENDING, EXPIRED) }
	:: atomic { late && MOVE(DEFERRED, EXPIRED) }
	/* That of another life. */
	:: atomic { !late && WAITS -> late = true }
	od
}

/* The message that was accepted comes again: what waits, or is on its way, is left alone. */
proctype again()
{
end:
	do
	:: atomic { !refuses && asks < ASKS && MOVE(DELIVERED, READY); asks++; late = false; asked = true }
	:: atomic { !refuses && asks < ASKS && MOVE(REFUSED, READY); asks++; late = false; asked = true }
	:: atomic { !refuses && asks < ASKS && MOVE(EXPIRED, READY); asks++; late = false; asked = true }
	od
}

/* The message that was refused comes again and is accepted: one commit with that. */
proctype accepted()
{
end:
	if
	:: atomic { refuses && MOVE(READY, EXPIRED); withdrawn = true }
	:: atomic { refuses && MOVE(SENDING, EXPIRED); withdrawn = true }
	:: atomic { refuses && MOVE(DEFERRED, EXPIRED); withdrawn = true }
	fi
}

/* Whoever starts again does not know of couriers; their bytes may be on the way. */
proctype restarts()
{
end:
	do
	:: atomic { crashes < CRASHES && owed != NONE ->
		crashes++;
		if
		:: flights > 0 && !unwanted -> took = 1
		:: true
		fi;
		flights = 0;
		if
		:: MOVE(SENDING, READY)
		:: owed != SENDING
		fi }
	od
}

/* The partner's address is no longer one, say. */
proctype partner()
{
end:
	unwanted = true
}

/* What must hold at every moment. */
proctype always()
{
end:
	do
	:: atomic { owed == DELIVERED && took == 0 -> assert(false) }
	:: atomic { owed == REFUSED && !turned_away -> assert(false) }
	:: atomic { (crashes > 0 || asks > 0 || withdrawn) && owed == NONE -> assert(false) }
	:: atomic { withdrawn && WAITS -> assert(false) }
	:: atomic { asked && !late && IS_FINAL -> assert(false) }
	od
}

/* Nothing moves any more. */
proctype rest()
{
end:
	timeout -> assert(IS_FINAL)
}

init {
	atomic {
		if :: refuses = true :: refuses = false fi;
		run message(); run queue(); run couriers(); run deadline(); run again(); run accepted(); run restarts();
		if :: run partner() :: true fi;
		run always(); run rest()
	}
}

ltl settled { [] (WAITS -> <> IS_FINAL) }
