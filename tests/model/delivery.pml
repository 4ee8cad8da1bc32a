/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message between two gateways, over a network that loses, repeats and reorders, while both
 * crash at any moment and the deadline passes at any moment.
 *
 * Variables called durable survive a crash: a step that changes several of them is one commit.  The
 * states are those of src/exchange/delivery.c, and MOVE is the only way from one to another: `run`,
 * beside this file, holds the moves here to the table there, both ways, and to being reached.
 *
 * What is proved, for receipts in the answer and for receipts in a connection of their own:
 *   exactly once     the document is handed over at most once
 *   no loss          what the submitter was told is queued is never forgotten
 *   no false word    "delivered" only of what the partner accepted, and "refused" only of what it
 *                    did not
 *   settled          whatever is submitted ends delivered, refused, expired or superseded
 */

mtype = { NONE, READY, SENDING, DEFERRED, DELIVERED, REFUSED, EXPIRED, AWAITING, SUPERSEDED };

#ifndef CRASHES
#define CRASHES 2 /* of each side */
#endif
#define COPIES 2  /* of one thing on the network at a time */

/* --- the sender --- */
mtype sent = NONE;     /* durable */
bool told;             /* the submitter was told that it is queued */
bool flying;           /* a courier has it */
byte sender_crashes;

/* --- the network --- */
byte copies;           /* of the message, in connections that nobody waits for any more */
bool request, answer_yes, answer_no, answer_taken; /* in the connection that the courier waits at */
byte yes, no;          /* receipts in connections of their own */
bool noted_yes, noted_no; /* the answer to such a receipt: the sender has it, durably */

/* --- the receiver --- */
bool accepted;         /* durable: with the document, the evidence, the receipt */
byte handed;           /* durable: how often the back office got it */
bool owed_yes, owed_no; /* durable: receipts that are to go in a connection of their own */
byte receiver_crashes;

bool later;            /* receipts come in a connection of their own */
bool valid;            /* what the receiver thinks of it */
bool overdue;          /* the deadline is over by the receiver's clock, which is another */
bool agreement_changed;
bool proof;            /* a receipt that accepts was read */
bool late;             /* the deadline is over */
bool live;             /* real-time data, which newer data replaces */

#define MOVE(from, to) (sent == from) -> sent = to
#define IS_FINAL (sent == DELIVERED || sent == REFUSED || sent == EXPIRED || sent == SUPERSEDED)

/* The connection ends for the courier.  Its request may still be worked upon, for nobody. */
inline land()
{
	flying = false;
	if
	:: request && copies < COPIES -> copies++
	:: true
	fi;
	request = false; answer_yes = false; answer_no = false; answer_taken = false
}

proctype submitter()
{
end:
	(sent == NONE);
	sent = READY;          /* the commit */
	told = true            /* a crash before this line leaves a message that nobody was promised */
}

proctype sender()
{
end:
	do
	:: atomic { !late && MOVE(READY, SENDING); flying = true; request = true }
	:: atomic { sent == SENDING && flying -> land(); MOVE(SENDING, DEFERRED) }
	:: atomic { MOVE(DEFERRED, READY) }
	/* No receipt came in the agreed time: the same again. */
	:: atomic { MOVE(AWAITING, READY) }
	/* The answer is a receipt... */
	:: atomic { flying && answer_yes && sent == SENDING -> land(); MOVE(SENDING, DELIVERED) }
	:: atomic { flying && answer_no && sent == SENDING -> land(); MOVE(SENDING, REFUSED) }
	/* ...or the word that one is to come. */
	:: atomic { flying && answer_taken && sent == SENDING -> land(); MOVE(SENDING, AWAITING) }
	/* It expired while the courier waited; proof that is late is proof. */
	:: atomic { flying && answer_yes && sent == EXPIRED -> land(); MOVE(EXPIRED, DELIVERED) }
	:: atomic { flying && answer_no && sent == EXPIRED -> land(); MOVE(EXPIRED, REFUSED) }
	:: atomic { flying && sent != SENDING && sent != NONE -> land() }
	od
}

/* A receipt that comes by itself finds the message in any state. */
proctype claims()
{
end:
	do
	:: atomic { yes > 0 ->
		yes--;
		if
		:: MOVE(READY, DELIVERED)
		:: MOVE(SENDING, DELIVERED)
		:: MOVE(DEFERRED, DELIVERED)
		:: MOVE(AWAITING, DELIVERED)
		:: MOVE(EXPIRED, DELIVERED)
		:: MOVE(SUPERSEDED, DELIVERED)
		/* That it was accepted after all, when it came again, is more than that it was not. */
		:: MOVE(REFUSED, DELIVERED)
		:: sent == DELIVERED || sent == NONE
		fi;
		proof = true;
		noted_yes = true }
	:: atomic { no > 0 ->
		no--;
		if
		:: MOVE(READY, REFUSED)
		:: MOVE(SENDING, REFUSED)
		:: MOVE(DEFERRED, REFUSED)
		:: MOVE(AWAITING, REFUSED)
		:: MOVE(EXPIRED, REFUSED)
		:: MOVE(SUPERSEDED, REFUSED)
		:: sent == REFUSED || sent == DELIVERED || sent == NONE
		fi;
		noted_no = true }
	od
}

/* A newer message of the same data is submitted: what is not on its way is not sent any more. */
proctype newer()
{
end:
	if
	:: atomic { live && MOVE(READY, SUPERSEDED) }
	:: atomic { live && MOVE(DEFERRED, SUPERSEDED) }
	fi
}

proctype deadline()
{
	late = true;
end:
	do
	:: atomic { MOVE(READY, EXPIRED) }
	:: atomic { MOVE(SENDING, EXPIRED) }
	:: atomic { MOVE(DEFERRED, EXPIRED) }
	:: atomic { MOVE(AWAITING, EXPIRED) }
	od
}

/* The receiver, or a worker of it, works on one request: `own` when its courier still waits. */
inline work(own)
{
	if
	:: accepted -> skip                             /* a duplicate: the stored receipt */
	:: !accepted && valid && !overdue ->
		accepted = true; handed++; owed_no = false /* one commit; a refusal that waits is taken back */
	:: !accepted && !(valid && !overdue) && later -> owed_no = true
	:: !accepted && !(valid && !overdue) && !later
	fi;
	if
	:: later && accepted -> owed_yes = true
	:: else
	fi
}

proctype receiver()
{
	bool took, took_own;
end:
	do
	:: atomic { request -> request = false; took_own = flying; took = true; work(true) }
	:: atomic { copies > 0 -> copies--; took_own = false; took = true; work(false) }
	/* Only now, after the commit, and only to whoever still waits. */
	:: atomic { took ->
		took = false;
		if
		:: took_own && flying && later -> answer_taken = true
		:: took_own && flying && !later && accepted -> answer_yes = true
		:: took_own && flying && !later && !accepted -> answer_no = true
		:: else
		fi }
	/* A crash after the commit and before the answer. */
	:: atomic { took && receiver_crashes < CRASHES -> receiver_crashes++; took = false }
	/* From now on it is late: refused, whatever it was before; what was accepted in time stays so. */
	:: atomic { !overdue -> overdue = true }
	od
}

/* Receipts that are owed go again and again, until they are noted or their own time is over. */
proctype owing()
{
end:
	do
	:: atomic { owed_yes && yes < COPIES -> yes++ }
	:: atomic { owed_no && no < COPIES -> no++ }
	:: atomic { owed_yes && noted_yes -> owed_yes = false; noted_yes = false }
	:: atomic { owed_no && noted_no -> owed_no = false; noted_no = false }
	:: atomic { late && owed_yes -> owed_yes = false }
	:: atomic { late && owed_no -> owed_no = false }
	od
}

proctype network()
{
end:
	do
	:: atomic { copies > 0 -> copies-- }                      /* lost */
	:: atomic { yes > 0 -> yes-- }
	:: atomic { no > 0 -> no-- }
	:: atomic { noted_yes -> noted_yes = false }
	:: atomic { noted_no -> noted_no = false }
	:: atomic { request -> request = false }
	:: atomic { copies > 0 && copies < COPIES && !late -> copies++ } /* repeated */
	:: atomic { yes > 0 && yes < COPIES && !late -> yes++ }
	:: atomic { no > 0 && no < COPIES && !late -> no++ }
	od
}

proctype crashes()
{
end:
	do
	:: atomic { sender_crashes < CRASHES && sent != NONE ->
		sender_crashes++;
		if
		:: flying -> land()
		:: else
		fi;
		/* Whoever starts again does not know whether the courier was heard. */
		if
		:: MOVE(SENDING, READY)
		:: sent != SENDING
		fi }
	od
}

/* The agreement changes once: what was refused would be right now.  In one direction only: what was accepted stays so. */
proctype operator()
{
end:
	atomic { later && !valid -> valid = true; agreement_changed = true }
}

/* What must hold at every moment. */
proctype always()
{
end:
	do
	:: atomic { handed > 1 -> assert(false) }
	:: atomic { told && sent == NONE -> assert(false) }
	:: atomic { sent == DELIVERED && !accepted -> assert(false) }
	/* Whoever holds proof says so. */
	:: atomic { proof && sent != DELIVERED -> assert(false) }
	od
}

/* Nothing moves any more: both know the same. */
proctype rest()
{
end:
	timeout ->
	assert(IS_FINAL);
	assert(sent != DELIVERED || handed == 1);
	assert(sent != REFUSED || !accepted || agreement_changed)
}

init {
	atomic {
		if :: later = true :: later = false fi;
		if :: valid = true :: valid = false fi;
		if :: live = true :: live = false fi;
		run submitter(); run sender(); run claims(); run deadline(); run newer(); run receiver(); run owing(); run network(); run crashes(); run operator(); run always(); run rest()
	}
}

ltl settled { [] (told -> <> IS_FINAL) }
