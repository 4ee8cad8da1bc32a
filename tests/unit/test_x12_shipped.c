/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guides that come with the program: each of them loads, and says of documents what an analyst
 * would say.  Real traffic, which lies outside the repository, has no errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x12_files.h"
#include "x12_house.h"

static unsigned wrong;

struct loaded {
	struct x12_guide *guide;
	struct x12_rules *rules;
};

static struct loaded loaded(const char *name)
{
	AUTO(x12_library) library = x12_library_new();
	struct loaded l = { 0 };
	struct fault f = { 0 };

	x12_library_add_shipped(library);
	if (x12_guide_load(&l.guide, library, slice_str(name), &f) != ST_OK ||
		x12_rules_compile(&l.rules, l.guide, &f) != ST_OK)
		fail_msg("%s: %s %s", name, f.code, f.text);
	return l;
}

static void loaded_free(struct loaded *l)
{
	x12_rules_free(l->rules);
	x12_guide_free(l->guide);
}

static void all_load(void **state)
{
	AUTO(x12_library) library = x12_library_new();
	const struct x12_library_entry *e;
	unsigned count = 0;

	(void)state;
	x12_library_add_shipped(library);
	for (size_t i = 0; (e = x12_library_at(library, i)); i++) {
		struct loaded l;

		if (e->is_dictionary)
			continue;
		l = loaded(e->name);
		assert_string_equal(l.guide->name, e->name);
		assert_true(*l.guide->title);
		loaded_free(&l);
		count++;
	}
	assert_true(count > 0);
}

/* --- what they say --------------------------------------------------------------- */

#define BILL_HEAD "BIG*20240105*B1*****ME*00~REF*11*S1~REF*12*U1~REF*BLT*LDC~"
#define BILL_PARTIES "N1*8S*Wires*1*007909411~N1*SJ*Power*9*0079094220001~N1*8R*Ann~"
#define BILL_BALANCES "BAL*P*YB*10.5~BAL*M*J9*0~BAL*M*YB*130.5~"
#define BILL_LINE \
	"IT1*1*****SV*EL*C3*ACCOUNT~TXI*LS*10*0.08****A~DTM*150*20231201~DTM*151*20240101~" \
	"SLN*1**A~SAC*C**EU*BAS001*12000~SLN*2**A~SAC*A**EU*ADJ000*1000~"
#define BILL BILL_HEAD BILL_PARTIES BILL_BALANCES BILL_LINE

#define PAID "BPR*C*120.5*C*ACH*CTX*01*031000011*DA*1111***01*031000022*DA*2222*20240110~" \
	"TRN*1*TRACE1~"
#define PAID_PARTIES "DTM*009*20240110~N1*PR*Wires~N1*PE*Power~"

#define ENROL "BGN*13*R1*20240105~N1*8S*Wires*1*007909411~N1*SJ*Power*9*0079094220001~N1*8R*Ann~"

#define USED \
	"BPT*00*U1*20240105*C1~N1*8S*Wires*1*007909411~N1*SJ*Power*9*0079094220001~" \
	"N1*8R*Ann~REF*11*S1~REF*12*A1~"
#define USED_MONTH "PTD*BB~DTM*150*20231201~DTM*151*20240101~QTY*D1*30*KH~"
#define USED_INTERVALS "PTD*BQ~DTM*150*20231201~DTM*151*20240101~QTY*QD*1.25*KH~"
#define READ \
	"BPT*SU*U1*20161028~REF*Q5**10032789419418520~REF*TN*T1~N1*8S*Wires*1*007924772~" \
	"N1*AY*ERCOT*1*183529049**41~N1*SJ*Power*9*8292445521100**40~"

static const struct {
	const char *guide, *what, *segments, *says;
} sets[] = {
	{ "us-810", "a bill", BILL "TDS*12000~CTT*1~", "" },
	{ "us-810", "lines counted wrongly", BILL "TDS*12000~CTT*2~", "23:CTT01 x12.rule.lines " },
	{ "us-810", "a total that is none", BILL "TDS*12001~CTT*1~", "22:TDS01 x12.rule.total " },
	{ "us-810", "a total with a point", BILL "TDS*120.00~", "22:TDS01 x12.element.number " },
	{ "us-810", "a cancellation of nothing",
		"BIG*20240105*B2*****ME*01~" BILL_PARTIES "TDS*0~", "4:BIG08 x12.rule.original " },
	{ "us-810", "a correction of nothing",
		"BIG*20240105*B2*****ME*05~" BILL_PARTIES "TDS*0~", "4:BIG08 x12.rule.correction " },
	{ "us-810", "neither a bill nor what is said of one again",
		"BIG*20240105*B2*****ME*03~" BILL_PARTIES "TDS*0~", "4:BIG08 x12.rule.purpose " },
	{ "us-810", "two utilities", BILL_HEAD "N1*8S*A*1*1234~N1*8S*B*1*1234~TDS*0~",
		"9:N1 x12.loop.repeats " },
	{ "us-810", "service that ends before it begins",
		BILL_HEAD "IT1*1~DTM*150*20240102~DTM*151*20240101~TDS*0~",
		"9:DTM02 x12.rule.service-period " },
	{ "pa-810", "a bill", BILL "TDS*12000~CTT*1~", "" },
	{ "pa-810", "no count, no customer, no account",
		"BIG*20240105*B1~N1*8S*W*1*007909411~N1*SJ*P*92*1~TDS*0~",
		"5:REF x12.segment.missing 6:N103 x12.element.code 6:N104 x12.element.short "
		"7:N1 x12.segment.missing 8:CTT x12.segment.missing "
		"8:SE x12.rule.supplier-account " },
	{ "pa-810", "a cancellation of nothing",
		"BIG*20240105*B2*****ME*01~REF*11*S1~REF*12*U1~" BILL_PARTIES "TDS*0~CTT*0~",
		"4:BIG08 x12.rule.original " },
	{ "us-820", "a payment",
		PAID PAID_PARTIES "ENT*1~RMR*12*A1**100.25~RMR*12*A2**30.25~"
		"RMR*12*A1*AJ*-10~", "" },
	{ "us-820", "an item and an adjustment of none",
		"BPR*C*90*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~ADX*-10*L3~RMR*12*A1**100~", "" },
	{ "us-820", "an adjustment of none that is not in the payment",
		"BPR*C*100*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~ADX*-10*L3~RMR*12*A1**100~",
		"4:BPR02 x12.rule.total " },
	{ "us-820", "an item, and behind it its adjustment",
		"BPR*C*90*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~RMR*12*A1**100~ADX*-10*L3~", "" },
	{ "us-820", "an item that has its adjustment in it",
		"BPR*C*90*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~RMR*12*A1**90*100~ADX*-10*L3~", "" },
	{ "us-820", "an adjustment that raises it",
		"BPR*C*110*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~RMR*12*A1**100~ADX*10*L3~", "" },
	{ "us-820", "an adjustment with the other sign",
		"BPR*C*110*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~RMR*12*A1**100~ADX*-10*L3~",
		"4:BPR02 x12.rule.total-adjusted " },
	{ "us-820", "a payment that is not its items",
		PAID PAID_PARTIES "ENT*1~RMR*12*A1**100.25~", "4:BPR02 x12.rule.total " },
	{ "us-820", "less than nothing",
		"BPR*C*-1*C*ACH~TRN*1*T~" PAID_PARTIES "ENT*1~RMR*12*A1**-1~",
		"4:BPR02 x12.rule.positive " },
	{ "us-820", "no trace, no payee", "BPR*C*1*C*ACH~N1*PR*A~ENT*1~RMR*12*A1**1~",
		"5:TRN x12.segment.missing 6:N1 x12.segment.missing " },
	{ "us-820", "a trace number that is another payment's", "BPR*C*1*C*ACH*CTX~TRN*3*T~"
		PAID_PARTIES "ENT*1~RMR*12*A1**1~", "5:TRN01 x12.rule.trace-kind " },
	{ "us-820", "payment and remittance apart", "BPR*I*1*C*ACH*CCP~TRN*3*T~"
		PAID_PARTIES "ENT*1~RMR*12*A1**1~", "" },
	{ "us-820", "two companies send it",
		"BPR*C*1*C*ACH*CTX*01*031000011*DA*1*1007909411~TRN*1*T*1007909412~"
		PAID_PARTIES "ENT*1~RMR*12*A1**1~", "5:TRN03 x12.rule.trace-company " },
	{ "us-820", "one company sends it",
		"BPR*C*1*C*ACH*CTX*01*031000011*DA*1*1007909411~TRN*1*T*1007909411~"
		PAID_PARTIES "ENT*1~RMR*12*A1**1~", "" },
	{ "tx-820", "a payment by cheque", "BPR*C*1*C*CHK~TRN*1*T~" PAID_PARTIES
		"ENT*1~RMR*12*A1**1~", "4:BPR04 x12.rule.method " },
	{ "tx-820", "a payment by wire", "BPR*I*1*C*FWT~TRN*3*T~" PAID_PARTIES
		"ENT*1~RMR*12*A1**1~", "" },
	{ "pa-820", "a payment",
		PAID "N1*PR*Wires*1*007909411~N1*PE*Power*9*0079094220001~"
		"ENT*1~RMR*12*A1**120.5~", "" },
	{ "pa-820", "a payee without a number, no item",
		"BPR*C*0*C*ACH~TRN*1*T~N1*PR*Wires*92*1~N1*PE*Power~ENT*1~",
		"6:N103 x12.element.code 6:N104 x12.element.short 7:N103 x12.element.missing "
		"9:RMR x12.segment.missing " },
	{ "pa-814", "an enrolment",
		ENROL "LIN*2*SH*EL*SH*CE~ASI*7*021~REF*11*S1~REF*12*U1~", "" },
	{ "pa-814", "gas, of nobody", "BGN*13*R1*20240105~LIN*2*SH*GAS*SH*CE~ASI*7*021~",
		"5:N1 x12.segment.missing 5:N1 x12.segment.missing 5:LIN03 x12.element.code " },
	{ "pa-814", "a notice", "BGN*14*R1*20240105~" BILL_PARTIES "LIN*2*SH*EL*SH*CE~ASI*WQ*021~",
		"4:BGN01 x12.element.code 4:BGN01 x12.rule.action " },
	{ "pa-814", "an answer in a request", ENROL "LIN*2*SH*EL*SH*CE~ASI*WQ*021~",
		"4:BGN01 x12.rule.action " },
	{ "us-814", "an enrolment",
		ENROL "LIN*2*SH*EL*SH*CE~ASI*7*021~REF*11*S1~REF*12*U1~NM1*MQ*3~REF*MT*KHMON~",
		"" },
	{ "us-814", "an answer",
		"BGN*11*R2*20240105***R1~N1*8S*Wires*1*007909411**40~N1*SJ*Power*1*007909422**41~"
		"LIN*1*SH*EL*SH*CE~ASI*WQ*025~REF*12*U1~DTM*150*20240201~", "" },
	{ "us-814", "an answer without its request", "BGN*11*R2*20240105~LIN*2*SH*EL*SH*CE~ASI*WQ*021~",
		"4:BGN06 x12.element.missing " },
	{ "us-814", "a rejection without a reason",
		"BGN*11*R2*20240105***R1~LIN*2*SH*EL*SH*CE~ASI*U*021~",
		"6:ASI01 x12.rule.rejection-reason " },
	{ "us-867", "intervals", USED USED_MONTH USED_INTERVALS "DTM*582*20231201*0015*ES~", "" },
	{ "us-867", "an interval without a time code",
		USED USED_INTERVALS "DTM*582*20231201*0015~", "14:DTM04 x12.element.missing " },
	{ "us-867", "a cancellation of nothing", "BPT*01*U2*20240105~PTD*BB~",
		"4:BPT01 x12.rule.original " },
	{ "us-867", "a cancellation of itself", "BPT*01*U2*20240105******U2~PTD*BB~",
		"4:BPT02 x12.rule.own-number " },
	{ "us-867", "a period that ends before it begins",
		USED "PTD*SU~DTM*150*20240102~DTM*151*20240101~PTD*PM~",
		"11:DTM02 x12.rule.service-period " },
	{ "pa-867", "intervals", USED USED_MONTH USED_INTERVALS "DTM*582*20231201*0015*ES~", "" },
	{ "pa-867", "an interval without its end", USED USED_INTERVALS USED_MONTH,
		"14:DTM x12.segment.missing " },
	{ "pa-867", "of another kind", "BPT*52*U1*20240105*DD~" BILL_PARTIES "REF*12*A1~PTD*PM~",
		"4:BPT01 x12.element.code 4:BPT04 x12.element.code " },
	{ "pa-867", "no account", "BPT*00*U1*20240105*C1~" BILL_PARTIES "PTD*PM~",
		"8:REF x12.segment.missing " },
	{ "tx-867", "an initial read",
		READ "PTD*BJ***MG*134404448~DTM*140*20161027~QTY*QD***NV~MEA****KH**0*51~", "" },
	{ "tx-867", "no premises, no read", "BPT*SU*U1*20161028~" BILL_PARTIES "PTD*BJ~",
		"5:REF x12.segment.missing 8:PTD04 x12.element.missing "
		"8:PTD05 x12.element.missing 9:DTM x12.segment.missing "
		"9:QTY x12.segment.missing " },
	{ "us-824", "a rejection",
		"BGN*11*V1*20240105~OTI*TR*TN*B1*******810~REF*7G*A13*Not ours~", "" },
	{ "us-824", "a rejection without a reason", "BGN*11*V1*20240105~OTI*TR*TN*B1~",
		"5:OTI01 x12.rule.reason " },
	{ "us-824", "another reason", "BGN*11*V1*20240105~OTI*IR*TN*B1~REF*7G*A13~",
		"6:REF02 x12.rule.reason-in-words " },
	{ "pa-824", "a rejection",
		"BGN*11*V1*20240105~OTI*TR*TN*B1*******810~REF*7G*A13*Not ours~", "" },
	{ "pa-824", "a bill is accepted", "BGN*11*V1*20240105~OTI*TA*TN*B1*******810~", "" },
	{ "pa-824", "a payment is accepted", "BGN*11*V1*20240105~OTI*TA*TN*T1*******820~",
		"5:OTI10 x12.rule.accepted-set " },
	{ "pa-824", "part of a bill, an enrolment",
		"BGN*11*V1*20240105~OTI*TP*TN*B1*******810~REF*7G*ABN~"
		"OTI*TR*TN*R1*******814~REF*7G*ABN~",
		"5:OTI10 x12.rule.rejected-part 7:OTI10 x12.rule.rejected-set " },
	{ "pa-824", "a set that nobody names", "BGN*11*V1*20240105~OTI*TR*TN*B1~REF*7G*ABN~", "" },
	{ "pa-824", "with errors", "BGN*11*V1*20240105~OTI*TE*TN*B1~", "5:OTI01 x12.element.code " },
	{ "us-650", "a report on no order", "BGN*11*M1*20240105~HL*1**SS~",
		"4:BGN06 x12.element.missing " },
	{ "us-650", "two items of one number",
		"BGN*79*M1*20240105~HL*1**SS~HL*2*1*SS~HL*1*2*SS~",
		"7:HL01 x12.rule.hierarchy-number " },
	{ "us-650", "an item of none that there is",
		"BGN*79*M1*20240105~HL*1**SS~HL*2*7*SS~HL*3*2*SS~",
		"6:HL02 x12.rule.hierarchy-parent " },
	{ "us-650", "an item of itself", "BGN*79*M1*20240105~HL*1**SS~HL*2*2*SS~",
		"6:HL02 x12.rule.hierarchy-parent " },
	{ "us-650", "an item of one that comes behind it, and the first of another set's",
		"BGN*79*M1*20240105~HL*1*2*SS~HL*2**SS~", "5:HL02 x12.rule.hierarchy-parent " },
	{ "us-650", "items of items", "BGN*79*M1*20240105~HL*1**SS~HL*2*1*SS~HL*3*1*SS~HL*4*3*SS~",
		"" },
	{ "tx-650", "an outage",
		"BGN*79*M1*20240105***M0~REF*5H*RC001~DTM*369*20240105*1600~HL*1**SS~", "" },
	{ "tx-650", "an outage without an end", "BGN*79*M1*20240105~REF*5H*RC001~HL*1**SS~",
		"4:BGN01 x12.rule.restoration " },
	{ "tx-650", "a suspension without a reason", "BGN*13*M1*20240105*****S2~HL*1**SS~",
		"4:BGN08 x12.rule.suspension-reason " },
	{ "us-997", "a group in part",
		"AK1*GE*1~AK2*814*0001~AK5*A~AK2*814*0002~AK3*LIN*5**8~AK4*3**1~AK5*R*5~AK9*P*2*2*1~",
		"" },
	{ "us-997", "more accepted than received", "AK1*GE*1~AK9*A*1*1*2~",
		"5:AK904 x12.rule.received " },
	{ "us-997", "in part, and all", "AK1*GE*1~AK9*P*2*2*2~", "5:AK904 x12.rule.partly " },
	{ "us-997", "accepted, and sets of it never came", "AK1*GE*1~AK9*A*5*1*1~",
		"5:AK902 x12.rule.included " },
	{ "us-997", "in part, and more came than it said",
		"AK1*GE*1~AK2*814*0001~AK5*A~AK2*814*0002~AK5*R*5~AK9*P*1*2*1~",
		"9:AK902 x12.rule.included-otherwise " },
	{ "us-997", "the same, and it is said",
		"AK1*GE*1~AK2*814*0001~AK5*A~AK2*814*0002~AK5*R*5~AK9*P*1*2*1*4*5~", "" },
	{ "us-997", "rejected for its count", "AK1*GE*1~AK2*814*0001~AK5*R~AK9*R*2*1*0*5~", "" },
	{ "us-997", "accepted, with a set that is rejected",
		"AK1*GE*1~AK2*814*0001~AK5*R*5~AK9*A*1*1*1~", "7:AK904 x12.rule.accepted " },
	{ "us-997", "accepted, with a set that is not", "AK1*GE*1~AK9*A*2*2*1~",
		"5:AK904 x12.rule.accepted " },
	{ "us-997", "accepted with errors, with a set that is rejected",
		"AK1*GE*1~AK2*814*0001~AK5*R*5~AK9*E*1*1*1~",
		"7:AK904 x12.rule.accepted-with-errors " },
	{ "us-997", "accepted with errors", "AK1*GE*1~AK2*814*0001~AK5*E*5~AK9*E*1*1*1~", "" },
	{ "us-997", "two answers, one set",
		"AK1*GE*1~AK2*814*0001~AK5*A~AK2*814*0002~AK5*A~AK9*A*1*1*1~",
		"9:AK903 x12.rule.answers 9:AK904 x12.rule.accepted-sets " },
};

static void set_check(size_t i)
{
	struct loaded l = loaded(sets[i].guide);
	AUTO_IN_PLACE(buf) in = buf_init(1 << 16);
	AUTO_IN_PLACE(buf) out = buf_init(1 << 16);

	x12_house_wrap(&in, l.guide->set, l.guide->group, sets[i].segments);
	x12_house_check(&out, l.guide, l.rules, buf_slice(&in), 0);
	if (strcmp(buf_text(&out), sets[i].says) != 0) {
		print_error("%s, %s:\n  \"%s\" instead of\n  \"%s\"\n", sets[i].guide, sets[i].what,
			buf_text(&out), sets[i].says);
		wrong++;
	}
	loaded_free(&l);
}

static void sets_beside_guides(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		set_check(i);
	assert_int_equal(wrong, 0);
}

/* --- what is unique is so among sets ---------------------------------------------- */

#define REMITTANCE(trace) \
	"ST*820*" trace "~BPR*I*1*C*ACH*CCP~TRN*3*" trace "~N1*PR*Wires~N1*PE*Power~ENT*1~" \
	"RMR*12*A1**1~SE*8*" trace "~"

static void a_trace_number_is_of_one_payment(void **state)
{
	static const char in[] =
		"ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*000000001*0*P*>~"
		"GS*RA*123456789*987654321*20240102*0304*1*X*004010~"
		REMITTANCE("0001") REMITTANCE("0002") "GE*2*1~"
		"GS*RA*123456789*987654321*20240102*0304*2*X*004010~"
		REMITTANCE("0001") "GE*1*2~IEA*2*000000001~";
	static const char *const names[] = { "us-820", "tx-820" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l = loaded(names[i]);
		AUTO_IN_PLACE(buf) out = buf_init(1 << 16);

		x12_house_check(&out, l.guide, l.rules, slice_str(in), 0);
		assert_string_equal(buf_text(&out), "23:TRN02 x12.rule.trace-unique ");
		loaded_free(&l);
	}
}

#define USAGE(set, number) \
	"ST*867*" set "~BPT*00*" number "*20240105*C1~N1*8S*Wires*1*007909411~" \
	"N1*SJ*Power*9*0079094220001~N1*8R*Ann~REF*11*S1~REF*12*A1~PTD*BB~" \
	"DTM*150*20231201~DTM*151*20240101~QTY*D1*30*KH~SE*12*" set "~"

static void a_number_is_of_one_usage(void **state)
{
	static const char in[] =
		"ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*000000001*0*P*>~"
		"GS*PT*123456789*987654321*20240102*0304*1*X*004010~"
		USAGE("0001", "U1") USAGE("0002", "U2") USAGE("0003", "U1")
		"GE*3*1~IEA*1*000000001~";
	struct loaded l = loaded("pa-867");
	AUTO_IN_PLACE(buf) out = buf_init(1 << 16);

	(void)state;
	x12_house_check(&out, l.guide, l.rules, slice_str(in), 0);
	assert_string_equal(buf_text(&out), "28:BPT02 x12.rule.reference-unique ");
	loaded_free(&l);
}

/* --- foreign files, valid by their origin ----------------------------------------- */

#define TEXAS "santiago-h-arias+ti1/"
#define PYX12 "azoner+pyx12/embedded/"
#define STAEDI "xlate+staedi/src/test/resources/x12/"

static const struct {
	const char *guide, *path;
} files[] = {
	{ "us-814", TEXAS "814_SHARYLAND_move_in.edi" },
	{ "us-867", TEXAS "867_03_fwd_AEP_ERCOT.edi" },
	{ "tx-867", TEXAS "867_03_fwd_AEP_ERCOT.edi" },
	{ "us-997", TEXAS "997_to_CenterPoint.edi" },
	{ "us-997", TEXAS "997_to_Oncor.edi" },
	{ "us-997", PYX12 "elements.res997.edi" },
	{ "us-997", PYX12 "mult_isa.res997.edi" },
	{ "us-997", PYX12 "multiple_trn.res997.edi" },
	{ "us-997", PYX12 "trailer_errors.res997.edi" },
	{ "us-997", PYX12 "837miss.res997.edi" },
	{ "us-999", PYX12 "834_eol_in_element.resAck.edi" },
	{ "us-999", PYX12 "834_ls_le_ls.resAck.edi" },
	{ "x12-4010-810", STAEDI "simple810.edi" },
	{ "x12-5010-997", STAEDI "simple997.edi" },
	{ "us-999", STAEDI "simple999.edi" },
};

static void file_check(const char *name, const char *path, struct slice bytes)
{
	struct loaded l = loaded(name);
	AUTO_IN_PLACE(buf) out = buf_init(1 << 16);
	struct x12_listener listener = { .context = &out, .finding = x12_house_finding };
	struct x12_checked_guide checked = { l.guide, l.rules };
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, &listener);

	x12_check_whole(check, bytes);
	if (x12_check_totals(check)->errors > 0 ||
		strstr(buf_text(&out), "x12.set.unchecked") != NULL) {
		print_error("%s, %s:\n  \"%s\"\n", name, path, buf_text(&out));
		wrong++;
	}
	loaded_free(&l);
}

static void file_take(void *context, const char *path, struct slice bytes)
{
	unsigned *checked = context;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].path, path) == 0) {
			file_check(files[i].guide, path, bytes);
			*checked += 1;
		}
}

static void foreign_files(void **state)
{
	unsigned checked = 0;

	(void)state;
	wrong = 0;
	if (x12_files_each(file_take, &checked) == 0) {
		print_message("skipped: no shared data\n");
		skip();
	}
	assert_int_equal(checked, sizeof(files) / sizeof(files[0]));
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_load),
		cmocka_unit_test(sets_beside_guides),
		cmocka_unit_test(a_trace_number_is_of_one_payment),
		cmocka_unit_test(a_number_is_of_one_usage),
		cmocka_unit_test(foreign_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
