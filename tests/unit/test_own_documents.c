/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of our own types beside the way that they take: which finding says most, what a policy
 * lets through, and where in a message of several documents it was.
 */
#include "exchange_expect.h"

#include "processes/own_documents.h"

#define HEAD "{\"document_type\":\"dispute\","
#define US "829517388"
#define THEM "007909411"

static const struct der_way way = { .sender = S(THEM), .receiver = S(US), .area = AREA_BILLING,
	.sender_role = S("utility"), .receiver_role = S("aggregator") };
static const struct document_terms refuse = { .examine = true, .invalid = INVALID_REFUSE,
	.supersede = true },
				   flag = { .examine = true, .supersede = true,
					   .registry = REGISTRY_FLAG },
				   none = { .invalid = INVALID_REFUSE, .supersede = true };

#define ROOM 65536

static const struct {
	const char *name;
	struct slice text;
	const char *code; /* "": nothing is wrong with what is asked here */
	bool flagged;     /* goes on where invalid is flag */
} cases[] = {
	{ "no JSON", S("{"), "der.invalid", true },
	{ "of no type", S("{\"area\":\"billing\"}"), "der.invalid", true },
	{ "of no type, by another", S("{\"sender_id\":\"1\"}"), "der.sender", false },
	{ "by another", S(HEAD "\"sender_id\":\"" US "\"}"), "der.sender", false },
	{ "to another", S(HEAD "\"receiver_id\":\"" THEM "\"}"), "der.receiver", false },
	{ "in its own role", S(HEAD "\"sender_role\":\"utility\"}"), "der.invalid", true },
	{ "in a role of its own making", S(HEAD "\"sender_role\":\"aggregator\"}"), "der.role", false },
	{ "to another role than ours", S(HEAD "\"receiver_role\":\"iso_rto\"}"), "der.role", false },
	{ "a role that there is not", S(HEAD "\"sender_role\":\"king\"}"), "der.role", false },
	{ "sender says more than role", S(HEAD "\"sender_role\":\"x\",\"sender_id\":\"1\"}"), "der.sender",
		false },
	{ "role says more than area", S(HEAD "\"sender_role\":\"x\",\"area\":\"outage\"}"), "der.role",
		false },
	{ "of another area", S(HEAD "\"area\":\"outage\"}"), "der.area", true },
	{ "sender says more than receiver",
		S(HEAD "\"receiver_id\":\"1\",\"sender_id\":\"1\",\"area\":\"outage\"}"), "der.sender",
		false },
	{ "area says more than the rest", S(HEAD "\"area\":\"outage\",\"x\":1}"), "der.area", true },
	{ "an escaped name is the same name", S(HEAD "\"sender\\u005fid\":\"1\"}"), "der.sender",
		false },
	{ "an escaped id is the same id", S(HEAD "\"sender_id\":\"\\u0030" "07909411\"}"),
		"der.invalid", true },
	{ "longer by one", S(HEAD "\"sender_id\":\"" THEM "0\"}"), "der.sender", false },
	{ "shorter by one", S(HEAD "\"sender_id\":\"00790941\"}"), "der.sender", false },
	{ "empty", S(HEAD "\"sender_id\":\"\"}"), "der.sender", false },
	{ "a number is no other sender", S(HEAD "\"sender_id\":1}"), "der.invalid", true },
	{ "deeper it is no header", S(HEAD "\"ext\":{\"sender_id\":\"1\",\"area\":\"outage\"}}"),
		"der.invalid", true },
};

static void what_says_most(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = cases[i].name;
		struct fault f = { 0 };
		enum status st = documents_permitted(
			&refuse, &way, cases[i].text, S(DOCUMENT_MEDIA_TYPE), NULL, &f);

		assert_int_not_equal(st, ST_OK);
		expect_text(name, f.code, cases[i].code);
		st = documents_permitted(
			&flag, &way, cases[i].text, S(DOCUMENT_MEDIA_TYPE), NULL, &f);
		if ((st == ST_OK) != cases[i].flagged)
			fail_msg("%s: flagged: %s", name, status_name(st));
		expect_fault(name,
			documents_permitted(
				&none, &way, cases[i].text, S(DOCUMENT_MEDIA_TYPE), NULL, &f),
			&f, ST_OK, NULL);
		expect_fault(name,
			documents_permitted(&refuse, &way, cases[i].text, S("text/json"), NULL, &f), &f,
			ST_OK, NULL);
	}
}

#define COPY "\"original_receiver_id\":\"" THEM "\""
#define UNDER(id) "\"agreement_id\":\"" id "\""

static const struct der_way under = { .area = AREAS, .agreement = S("TPA-7") },
			    copying = { .area = AREAS, .agreement = S("TPA-7"),
				    .copy_agreement = S("TPA-RTO") },
			    real_only = { .area = AREAS, .test = TEST_REFUSE },
			    real_by_us = { .sender = S(US), .area = AREAS,
				    .test = TEST_REFUSE },
			    real_under = { .agreement = S("TPA-7"), .area = AREAS,
				    .test = TEST_REFUSE },
			    tests_only = { .area = AREAS, .test = TEST_ONLY },
			    to_rto = { .area = AREAS, .receiver_role = S("iso_rto") },
			    to_utility = { .area = AREAS, .receiver_role = S("utility") },
			    to_aggregator = { .area = AREAS, .receiver_role = S("aggregator") },
			    to_rto_any = { .area = AREAS, .receiver_role = S("iso_rto"),
				    .restricted = RESTRICTED_ANY };

#define OUTAGE "{\"document_type\":\"outage_notice\","
#define LISTED(member) \
	"{\"document_type\":\"aggregation_registration\",\"resources\":[{" member "}]}"
#define ACCOUNT LISTED("\"utility_account\":\"A-1\"")

/* What each finds besides what makes it no whole document. */
static const struct {
	const char *name;
	const struct der_way *way;
	struct slice text;
	const char *code;
	bool flagged;
} books[] = {
	{ "an account for an RTO", &to_rto, S(ACCOUNT), "der.restricted", true },
	{ "that is agreed", &to_rto_any, S(ACCOUNT), "der.invalid", true },
	{ "for a utility, which has it", &to_utility, S(ACCOUNT), "der.invalid", true },
	{ "of which the name alone is seen", &to_rto,
		S(LISTED("\"utility_account\":\"withheld\"")), "der.invalid", true },
	{ "what is no person's", &to_rto, S(LISTED("\"resource_id\":\"R-1\"")), "der.invalid",
		true },
	{ "switching detail for an aggregator", &to_aggregator,
		S(OUTAGE "\"equipment_ids\":[\"E-1\"]}"), "der.restricted", true },
	{ "none of it", &to_aggregator, S(OUTAGE "\"equipment_ids\":[]}"), "der.invalid", true },
	{ "for somebody of no role", &real_only, S(OUTAGE "\"equipment_ids\":[\"E-1\"]}"),
		"der.invalid", true },
	{ "under it", &under, S(HEAD UNDER("TPA-7") "}"), "der.invalid", true },
	{ "under another", &under, S(HEAD UNDER("TPA-8") "}"), "der.agreement", true },
	{ "longer by one", &under, S(HEAD UNDER("TPA-70") "}"), "der.agreement", true },
	{ "shorter by one", &under, S(HEAD UNDER("TPA-") "}"), "der.agreement", true },
	{ "in other letters", &under, S(HEAD UNDER("tpa-7") "}"), "der.agreement", true },
	{ "under nothing", &under, S(HEAD UNDER("") "}"), "der.agreement", true },
	{ "escaped it is the same", &under, S(HEAD UNDER("\\u0054PA-7") "}"), "der.invalid", true },
	{ "an escaped name is the same name", &under, S(HEAD "\"agreement\\u005fid\":\"X\"}"),
		"der.agreement", true },
	{ "a number is no other agreement", &under, S(HEAD "\"agreement_id\":7}"), "der.invalid", true },
	{ "none is named", &under, S(HEAD "\"area\":\"billing\"}"), "der.invalid", true },
	{ "deeper it is no header", &under, S(HEAD "\"ext\":{" UNDER("TPA-8") "}}"), "der.invalid", true },
	{ "nothing is agreed", &way, S(HEAD UNDER("TPA-8") "}"), "der.invalid", true },
	{ "a copy that comes, under another", &under, S(HEAD UNDER("TPA-8") "," COPY "}"), "der.invalid",
		true },
	{ "a copy that goes, under its own", &copying, S(HEAD UNDER("TPA-RTO") "," COPY "}"),
		"der.invalid", true },
	{ "which stands before it", &copying, S(HEAD COPY "," UNDER("TPA-RTO") "}"), "der.invalid", true },
	{ "a copy that goes, under the other", &copying, S(HEAD UNDER("TPA-7") "," COPY "}"),
		"der.agreement", true },
	{ "under the copies' own, and no copy", &copying, S(HEAD UNDER("TPA-RTO") "}"), "der.agreement",
		true },
	{ "a copy only deeper", &under, S(HEAD UNDER("TPA-8") ",\"ext\":{" COPY "}}"), "der.agreement",
		true },
	{ "a test among real ones", &real_only, S(HEAD "\"test\":true}"), "der.test", false },
	{ "a test by an escaped name", &real_only, S(HEAD "\"t\\u0065st\":true}"), "der.test", false },
	{ "said twice it is no JSON", &real_only, S(HEAD "\"test\":false,\"test\":true}"),
		"der.invalid", true },
	{ "a real one among real ones", &real_only, S(HEAD "\"test\":false}"), "der.invalid", true },
	{ "a text is no test", &real_only, S(HEAD "\"test\":\"true\"}"), "der.invalid", true },
	{ "deeper it is no test", &real_only, S(HEAD "\"ext\":{\"test\":true}}"), "der.invalid", true },
	{ "another truth is no test", &real_only, S(HEAD "\"tests\":true}"), "der.invalid", true },
	{ "a real one among tests", &tests_only, S(HEAD "\"test\":false}"), "der.test", false },
	{ "a test among tests", &tests_only, S(HEAD "\"test\":true}"), "der.invalid", true },
	{ "nobody minds a test", &way, S(HEAD "\"test\":true}"), "der.invalid", true },
	{ "another sender says more than a test", &real_by_us,
		S(HEAD "\"test\":true,\"sender_id\":\"1\"}"), "der.sender", false },
	{ "a test says more than another agreement", &real_under,
		S(HEAD "\"test\":true," UNDER("X") "}"), "der.test",
		false },
};

/* It was said already; to refuse it would leave somebody beside a line that is dead, or is not. */
static void what_came_of_an_outage_is_not_refused_for_saying_too_much(void **state)
{
	const struct der_way here = { .area = AREA_OUTAGE, .receiver_role = S("aggregator"),
		.has_come = true };
	const struct der_way away = { .area = AREA_OUTAGE, .receiver_role = S("aggregator") };
	const struct der_way billed = { .area = AREA_BILLING, .receiver_role = S("aggregator"),
		.has_come = true };
	const struct slice notice = S(OUTAGE "\"equipment_ids\":[\"E-1\"]}");
	const struct {
		const struct der_way *way;
		const char *code;
	} ways[] = { { &here, "der.invalid" }, { &away, "der.restricted" },
		{ &billed, "der.restricted" } };
	const struct documents_question question = { .way = here };
	struct documents_verdict verdict;
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		assert_int_equal(documents_permitted(&refuse, ways[i].way, notice,
					 S(DOCUMENT_MEDIA_TYPE), NULL, &f),
			ST_INPUT);
		assert_string_equal(f.code, ways[i].code);
	}
	documents_look(&verdict, &question, notice, S(DOCUMENT_MEDIA_TYPE));
	assert_string_equal(verdict.fault.code, "der.restricted");
}

static void what_is_of_another_agreement_or_book(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(books); i++) {
		const char *name = books[i].name;
		struct fault f = { 0 };

		assert_int_not_equal(documents_permitted(&refuse, books[i].way, books[i].text,
					     S(DOCUMENT_MEDIA_TYPE), NULL, &f),
			ST_OK);
		expect_text(name, f.code, books[i].code);
		expect_fault(name,
			documents_permitted(&flag, books[i].way, books[i].text,
				S(DOCUMENT_MEDIA_TYPE), NULL, &f),
			&f, books[i].flagged ? ST_OK : ST_AUTH,
			books[i].flagged ? NULL : books[i].code);
	}
}

static void look_take(void *context, unsigned number, const struct der_finding *finding)
{
	(void)number;
	if (finding->is_beyond)
		buf_putf(context, "%s %s: %s: %s\n", finding->code, finding->pointer,
			finding->found, finding->expected);
}

/* In a valid document it is all that is wrong, and is told where it stands. */
static void where_it_says_so(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(ROOM);
	const struct documents_question question = { .way = { .area = AREAS,
			.agreement = S("TPA-7"), .test = TEST_REFUSE },
		.finding = look_take, .context = &said };
	struct documents_verdict v;

	(void)state;
	documents_look(&v, &question, der_schema_find(json_text_of("dispute"))->example,
		S(DOCUMENT_MEDIA_TYPE));
	expect_text("told", buf_text(&said),
		"der.test /test: true: expected false: no documents of tests are agreed\n"
		"der.agreement /agreement_id: \"TPA-2026-017\": "
		"expected the agreement that it is under: TPA-7\n");
	assert_true(v.is_barred && v.errors == 2);
	expect_text("summary", v.summary, "dispute: 2 errors");
}

/* Every type, as it is made, between the parties that its example names and in its area. */
static void what_is_right_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		const struct der_way anybody = { .area = der_schemas[i].area };
		const struct documents_question question = { .way = anybody };
		struct documents_verdict v;
		struct fault f = { 0 };

		expect_fault(der_schemas[i].name,
			documents_permitted(&refuse, &anybody, der_schemas[i].example,
				S(DOCUMENT_MEDIA_TYPE), NULL, &f),
			&f, ST_OK, NULL);
		documents_look(
			&v, &question, der_schemas[i].example, S(DOCUMENT_MEDIA_TYPE));
		assert_int_equal(v.documents, 1);
		assert_non_null(strstr(v.summary, ": valid"));
	}
}

static const struct {
	const char *name, *header, *summary;
} behalves[] = {
	{ "its own", "", "availability: valid" },
	{ "another's", "\"on_behalf_of\": \"A-1\", ", "availability on behalf of A-1: valid" },
	{ "escaped", "\"on\\u005fbehalf_of\": \"\\u0041\", ",
		"availability on behalf of A: valid" },
	{ "deeper it is no header", "\"ext\": {\"on_behalf_of\": \"A-1\"}, ",
		"availability: valid" },
	{ "no id is not shown", "\"on_behalf_of\": \"A\\u001b\", ", "availability: 1 error" },
	{ "nor what has other errors", "\"on_behalf_of\": \"A-1\", \"x\": 1, ",
		"availability: 1 error" },
	{ "nor one that is too long",
		"\"on_behalf_of\": \"A2345678901234567890123456789012345678901234567890123456789012345\", ",
		"availability: 1 error" },
};

static void on_whose_behalf(void **state)
{
	const struct documents_question question = { .way = { .area = AREAS } };
	struct slice example = der_schema_find(json_text_of("availability"))->example;
	struct documents_verdict v;

	(void)state;
	for (size_t i = 0; i < COUNT(behalves); i++) {
		AUTO_IN_PLACE(buf) document = buf_init(ROOM);

		buf_putf(&document, "{ %s", behalves[i].header);
		buf_put(&document, slice_from(example, 1));
		documents_look(&v, &question, buf_slice(&document), S(DOCUMENT_MEDIA_TYPE));
		expect_text(behalves[i].name, v.summary, behalves[i].summary);
	}
}

static void the_way_of_both_directions(void **state)
{
	const struct settings own = { .id = US, .role = PARTY_RTO };
	struct sheet sheet = { .id = THEM, .role = PARTY_UTILITY };
	struct agreement agreed = {
		.documents = { .agreement_id = "TPA-7", .test = TEST_REFUSE },
		.copies = { .agreement_id = "TPA-RTO" }
	};
	const struct partner partner = { .sheet = &sheet, .agreement = &agreed };
	const struct der_way in = documents_way(&own, &partner, true, AREA_OUTAGE);
	const struct der_way out = documents_way(&own, &partner, false, AREA_OUTAGE);

	(void)state;
	assert_true(slice_eq(in.sender, S(THEM)) && slice_eq(in.receiver, S(US)));
	assert_true(slice_eq(in.sender_role, S("utility")));
	assert_true(slice_eq(in.receiver_role, S("iso_rto")));
	assert_true(slice_eq(out.sender, S(US)) && slice_eq(out.receiver, S(THEM)));
	assert_true(slice_eq(out.sender_role, S("iso_rto")));
	assert_true(slice_eq(out.receiver_role, S("utility")));
	assert_true(slice_eq(in.agreement, S("TPA-7")) && slice_eq(out.agreement, S("TPA-7")));
	assert_true(in.copy_agreement.n == 0 && slice_eq(out.copy_agreement, S("TPA-RTO")));
	assert_true(in.test == TEST_REFUSE && out.test == TEST_REFUSE);
}

#define JSON "{ \"document_type\": \"invoice\" }"
#define X12 "ISA*00*          *"
#define PARTS(type, content) \
	"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n" \
	"\r\n1,2\r\n--b\r\nContent-Type: " type "\r\n\r\n" content "\r\n--b--\r\n"

#define ASKED(policy) \
	.documents = { .examine = true, .supersede = true, .registry = REGISTRY_##policy }
#define ONE_SET .x12 = { .sets = { "810" }, .set_count = 1 }

static const struct agreement strict = { .documents = { .examine = true,
						   .invalid = INVALID_REFUSE } },
	registering = { ASKED(REFUSE) }, with_x12 = { ASKED(REFUSE), ONE_SET },
	flagging = { ASKED(FLAG), ONE_SET }, not_asking = { ASKED(OFF), ONE_SET },
	half_strict = { .documents = { .examine = true, .invalid = INVALID_REFUSE,
				.registry = REGISTRY_FLAG }, ONE_SET };

static const struct {
	const char *name;
	const struct agreement *agreement;
	struct slice type, content;
	enum { LET_BE, FLAGGED, REFUSED } want;
} disguises[] = {
	{ "under its name", &strict, S("application/json"), S(JSON), LET_BE },
	{ "as text", &strict, S("text/plain"), S(JSON), REFUSED },
	{ "as text, where the register refuses", &registering, S("text/plain"), S(JSON), REFUSED },
	{ "as text, where it is flagged", &flagging, S("text/plain"), S(JSON), FLAGGED },
	{ "as bytes", &strict, S("application/octet-stream"), S("\n\t " JSON), REFUSED },
	{ "as other JSON", &strict, S("application/vnd.x+json"), S(JSON), REFUSED },
	{ "in a list", &strict, S("text/json"), S("[ " JSON " ]"), REFUSED },
	{ "behind a byte order mark", &strict, S("text/json"), S("\xef\xbb\xbf" JSON), REFUSED },
	{ "in UTF-16", &strict, S("text/json"), S("\xff\xfe{\0\"\0a\0"), REFUSED },
	{ "a text in brackets", &strict, S("text/plain"), S("[note] to whom it concerns"), LET_BE },
	{ "a list of numbers", &strict, S("text/plain"), S("[[1,2],[3]]"), LET_BE },
	{ "nothing", &strict, S("text/plain"), S(""), LET_BE },
	{ "only a begin", &strict, S("text/plain"), S(" { "), LET_BE },
	{ "XML", &strict, S("application/xml"), S("<a>{\"b\":1}</a>"), LET_BE },
	{ "X12 under its name", &with_x12, S(X12_MEDIA_TYPE), S(X12), LET_BE },
	{ "X12 as text", &with_x12, S("text/plain"), S("\r\n" X12), REFUSED },
	{ "X12 as text, of which no set is registered", &registering, S("text/plain"), S(X12), LET_BE },
	{ "X12 as text, where it is flagged", &flagging, S("text/plain"), S(X12), FLAGGED },
	{ "X12 as text, where only JSON is refused", &half_strict, S("text/plain"), S(X12), FLAGGED },
	{ "JSON as text, where X12 is flagged", &half_strict, S("text/plain"), S(JSON), REFUSED },
	{ "JSON as text, where nobody asks", &not_asking, S("text/plain"), S(JSON), LET_BE },
	{ "X12 as text, where nobody asks", &not_asking, S("text/plain"), S(X12), LET_BE },
	{ "under its name, where it is flagged", &flagging, S("application/json"), S(JSON), LET_BE },
	{ "a part, where it is flagged", &flagging, S("multipart/related"), S(PARTS("text/plain", JSON)), FLAGGED },
	{ "a part", &strict, S("multipart/related"), S(PARTS("text/plain", JSON)), REFUSED },
	{ "a part under its name", &strict, S("multipart/related"),
		S(PARTS("application/json", JSON)), LET_BE },
	{ "a part of X12", &with_x12, S("multipart/related"), S(PARTS("text/x", X12)), REFUSED },
};

static void nothing_gets_around_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(disguises); i++) {
		const bool is_refused = disguises[i].want == REFUSED;
		struct fault f = { 0 }, told = { 0 };

		expect_fault(disguises[i].name,
			documents_undisguised(&told, disguises[i].agreement,
				disguises[i].content, disguises[i].type, &f),
			&f, is_refused ? ST_INPUT : ST_OK, is_refused ? "der.media-type" : NULL);
		assert_string_equal(
			told.code, disguises[i].want == FLAGGED ? "der.media-type" : "");
	}
}

static const struct {
	struct slice last;
	const struct der_way *way;
	const char *code;
} hidden[] = {
	{ S("\"sender_id\":\"1\""), &way, "der.sender" },
	{ S("\"test\":true"), &real_only, "der.test" },
};

static void expect_not_hidden(struct slice last, const struct der_way *of, const char *code)
{
	AUTO_IN_PLACE(buf) document = buf_init(ROOM);
	struct fault f = { 0 };

	buf_put_text(&document, HEAD "\"attachments\":[1");
	for (unsigned i = 0; i < 2 * DER_FINDINGS_MAX; i++)
		buf_put_text(&document, ",1");
	buf_putf(&document, "],%.*s}", SLICE_FMT(last));
	expect_fault("behind a thousand",
		documents_permitted(
			&flag, of, buf_slice(&document), S(DOCUMENT_MEDIA_TYPE), NULL, &f),
		&f, ST_AUTH, code);
}

static void nothing_hides_another_sender(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hidden); i++)
		expect_not_hidden(hidden[i].last, hidden[i].way, hidden[i].code);
}

#define PART(type) "--b\r\nContent-Type: " type "\r\n\r\n"

static void numbers_take(void *context, unsigned number, const struct der_finding *finding)
{
	char spot[DOCUMENT_SPOT_MAX];

	buf_putf(context, "%s: %s\n", document_spot(spot, number, finding), finding->code);
}

static void of_several_each(void **state)
{
	AUTO_IN_PLACE(buf) entity = buf_init(ROOM), said = buf_init(ROOM);
	struct documents_question question = {
		.way = { .area = AREAS }, .finding = numbers_take, .context = &said
	};
	struct documents_verdict v;

	(void)state;
	buf_put_text(&entity, "Content-Type: multipart/related; boundary=b\r\n\r\n" PART("text/csv")
			"{\r\n" PART("application/json"));
	buf_put(&entity, der_schema_find(json_text_of("invoice"))->example);
	buf_put_text(&entity,
		"\r\n" PART("application/json; x=y") "{}\r\n--b\r\nContent-Type: application/json\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nWw==\r\n--b--\r\n");
	documents_look(&v, &question, buf_slice(&entity), S("multipart/related"));
	expect_text("found", buf_text(&said),
		"document 3, line 1, byte 0, /document_type: der.document-type\n"
		"document 4, line 1, byte 1, /: json.end\n");
	expect_text("summary", v.summary, "3 documents: 2 errors, in 2 documents");
	expect_text("fault", v.fault.code, "der.invalid");
}

#define LIVE(expires) \
	"{\"document_type\": \"availability\", \"aggregation_id\": \"A\", \"kind\": \"status\", " \
	"\"sequence\": 4, \"expires_at\": \"" expires "\"}\r\n"

/* The first that ends, ends the message; and none of several replaces another. */
static void of_several_the_earliest_end_counts(void **state)
{
	static const char entity[] = "Content-Type: multipart/related; boundary=b\r\n\r\n" PART(
		"application/json") LIVE("2026-11-23T05:14:09Z") PART("application/json")
			LIVE("2026-11-23T05:14:06.123Z") PART("text/plain")
				LIVE("2026-11-23T05:14:01Z") PART("application/json") "{}\r\n--b--\r\n";
	static const struct document_terms agreed = { .examine = true,
		.supersede = true },
					   alone = { .examine = true };
	const struct slice live = S(LIVE("2026-11-23T05:14:06.123Z"));
	struct der_timing timing;

	(void)state;
	documents_timing(&timing, &agreed, AREA_AVAILABILITY, slice_str(entity),
		S("multipart/related"));
	assert_true(timing.expires_ns == INT64_C(1795410846123000000));
	expect_text("scope", timing.scope, "");
	documents_timing(&timing, &agreed, AREA_AVAILABILITY, live, S("application/json"));
	assert_true(timing.expires_ns == INT64_C(1795410846123000000));
	expect_text("scope", timing.scope, "A status");
	documents_timing(&timing, &agreed, AREA_AVAILABILITY, live, S("text/plain"));
	assert_true(timing.expires_ns == 0 && !timing.scope[0]);
	documents_timing(&timing, &alone, AREA_AVAILABILITY, live, S("application/json"));
	expect_text("scope where none supersedes", timing.scope, "");
	documents_timing(&timing, &agreed, AREA_OUTAGE, live, S("application/json"));
	expect_text("scope in another area", timing.scope, "");
}

#define ENVELOPE(set, body) \
	"ISA*00*          *00*          *01*007909411      *01*829517388      *261123*0500*U*00401" \
	"*000000001*0*T*>~GS*MO*007909411*829517388*20261123*0500*1*X*004010~ST*" set "*0001~" body \
	"SE*9*0001~GE*1*1~IEA*1*000000001~"
#define NOTICE(body) ENVELOPE("650", "BGN*00*M1*20261123*0500*UT~" body)
#define ENDS(time) "DTM*ZZZ*20261123*" time "*UT*UN*EXPIRES AT~"

/* As tieline translate writes it, and nothing that only looks like it. */
static void x12_ends_as_the_document_that_it_is(void **state)
{
	static const struct {
		const char *name, *x12;
		int64_t ends_s; /* from 05:14:00 on; 0: nothing is said */
	} said[] = {
		{ "a notice", NOTICE(ENDS("051409")), 9 },
		{ "two, the earlier", NOTICE(ENDS("051409")) NOTICE(ENDS("051406")), 6 },
		{ "another name", NOTICE("DTM*ZZZ*20261123*051409*UT*UN*ACTUAL END~"), 0 },
		{ "another qualifier", NOTICE("DTM*036*20261123*051409*UT*UN*EXPIRES AT~"), 0 },
		{ "no zone", NOTICE("DTM*ZZZ*20261123*051409**UN*EXPIRES AT~"), 0 },
		{ "no time", NOTICE(ENDS("256199")), 0 },
		{ "more digits than there are", NOTICE(ENDS("05140900000000000000009")), 0 },
		{ "of an area", NOTICE("HL*1**I~" ENDS("051409")), 0 },
		{ "behind the set", NOTICE("") ENDS("051409"), 0 },
		{ "a set that has no place for it", ENVELOPE("810", ENDS("051409")), 0 },
		{ "junk behind it", NOTICE(ENDS("051409")) "junk", 9 },
		{ "none", "", 0 },
	};
	static const char entity[] = "Content-Type: multipart/related; boundary=b\r\n\r\n" PART(
		"application/json") LIVE("2026-11-23T05:14:09Z") PART("application/edi-x12")
			NOTICE(ENDS("051403")) "\r\n--b--\r\n";
	const int64_t minute_s = INT64_C(1795410840);
	struct der_timing timing;

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++) {
		const int64_t want_s = said[i].ends_s ? minute_s + said[i].ends_s : 0;

		documents_timing(&timing, &none, AREA_OUTAGE, slice_str(said[i].x12),
			S("application/edi-x12"));
		if (timing.expires_ns != want_s * 1000000000)
			fail_msg("%s: %lld", said[i].name, (long long)timing.expires_ns);
	}
	documents_timing(&timing, &none, AREA_OUTAGE, slice_str(said[0].x12), S("text/plain"));
	assert_true(timing.expires_ns == 0);
	documents_timing(&timing, &none, AREA_OUTAGE, slice_str(entity), S("multipart/related"));
	assert_true(timing.expires_ns == (minute_s + 3) * 1000000000);
}

#define SECRET(day) "{\"document_type\":\"outage_notice\",\"secrecy_until\":\"" day "\"}\r\n"

static void of_several_the_longest_secrecy_counts(void **state)
{
	static const char entity[] = "Content-Type: multipart/related; boundary=b\r\n\r\n" PART(
		"application/json") SECRET("2026-11-21") PART("application/json")
			SECRET("2026-11-22") PART("text/plain")
				SECRET("2026-11-30") PART("application/json") "{}\r\n--b--\r\n";
	struct der_timing timing;

	(void)state;
	documents_timing(
		&timing, &flag, AREA_OUTAGE, slice_str(entity), S("multipart/related"));
	assert_true(timing.secret_until_ns == INT64_C(1795392000000000000));
}

/* What one says of time bounds its message, whether or not it is looked into for anything else. */
static void time_is_read_of_what_is_not_looked_into(void **state)
{
	static const struct document_terms none_looked_into = { .supersede = true };
	struct der_timing timing;

	(void)state;
	documents_timing(&timing, &none_looked_into, AREA_AVAILABILITY,
		S(LIVE("2026-11-23T05:14:09Z")), S("application/json"));
	assert_true(timing.expires_ns == INT64_C(1795410849000000000));
	expect_text("scope", timing.scope, "A status");
}

static void count_take(unsigned *documents, struct slice facts)
{
	struct fact fact;

	for (*documents = 0; fact_next(&fact, &facts, NULL) == ST_OK;)
		*documents += fact.kind == FACT_DOCUMENT;
	assert_int_equal(facts.n, 0);
}

static const struct {
	const char *name;
	const struct document_terms *terms;
	struct slice type;
	unsigned documents;
} collections[] = {
	{ "of several each that is ours", &flag, S("multipart/related"), 2 },
	{ "not where the register is not asked", &refuse, S("multipart/related"), 0 },
	{ "not where nothing is looked into", &none, S("multipart/related"), 0 },
	{ "not of other types", &flag, S("text/json"), 0 },
};

static void what_documents_say_is_collected(void **state)
{
	AUTO_IN_PLACE(buf) entity = buf_init(ROOM);
	const struct der_way anybody = { .area = AREAS };

	(void)state;
	buf_put_text(&entity, "Content-Type: multipart/related; boundary=b\r\n\r\n" PART("text/csv")
			"{\r\n" PART("application/json"));
	buf_put(&entity, der_schema_find(json_text_of("invoice"))->example);
	buf_put_text(&entity, "\r\n" PART("application/json") "{}\r\n" PART("application/json"));
	buf_put(&entity, der_schema_find(json_text_of("remittance"))->example);
	buf_put_text(&entity, "\r\n--b--\r\n");
	for (size_t i = 0; i < COUNT(collections); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
		struct der_facts facts = { .out = &said };
		struct fault f;
		unsigned documents;

		(void)!documents_permitted(collections[i].terms, &anybody, buf_slice(&entity),
			collections[i].type, &facts, &f);
		count_take(&documents, buf_slice(&said));
		if (documents != collections[i].documents || documents != facts.documents)
			fail_msg("%s: %u documents", collections[i].name, documents);
	}
}

static void what_is_not_valid_says_so(void **state)
{
	static const struct {
		struct slice text;
		unsigned invalid;
	} documents[] = { { S(HEAD "\"x\":1}"), 1 }, { { 0 }, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
		struct der_facts facts = { .out = &said };
		const struct documents_question question = { .way = { .area = AREAS },
			.facts = &facts };
		struct slice text = documents[i].text, rest;
		struct documents_verdict v;
		struct fact fact;
		unsigned invalid = 0;

		documents_look(&v, &question,
			text.n ? text : der_schema_find(json_text_of("dispute"))->example,
			S(DOCUMENT_MEDIA_TYPE));
		rest = buf_slice(&said);
		while (fact_next(&fact, &rest, NULL) == ST_OK)
			invalid += fact.kind == FACT_INVALID && fact.number == 1;
		assert_int_equal(invalid, documents[i].invalid);
		assert_int_equal(facts.documents, 1);
	}
}

static void what_is_encoded_and_large_is_not_let_through(void **state)
{
	AUTO_IN_PLACE(buf) entity = buf_init(2 * DOCUMENTS_DECODED_MAX);
	AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &said };
	struct fault f = { 0 };

	(void)state;
	buf_put_text(&entity, "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
			      "Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	for (size_t i = 0; i <= DOCUMENTS_DECODED_MAX / 48; i++) {
		put_times(&entity, 'A', 64);
		buf_put_text(&entity, "\r\n");
	}
	buf_put_text(&entity, "--b--\r\n");
	expect_fault("refused",
		documents_permitted(
			&refuse, &way, buf_slice(&entity), S("multipart/related"), NULL, &f),
		&f, ST_LIMIT, "der.unexamined");
	expect_fault("flagged",
		documents_permitted(&flag, &way, buf_slice(&entity), S("multipart/related"),
			&facts, &f),
		&f, ST_OK, NULL);
	expect_fault("what it says is not half said", der_facts_check(&facts, &f), &f, ST_LIMIT,
		"facts.size");
}

static void what_claims_nothing_is_let_alone_where_that_is_asked(void **state)
{
	const struct documents_question question = { .way = way, .only_claimed = true };
	struct documents_verdict v;

	(void)state;
	documents_look(&v, &question, S("{\"sender_id\":\"1\"}"), S(DOCUMENT_MEDIA_TYPE));
	assert_int_equal(v.documents, 0);
	expect_text("summary", v.summary, "");
	documents_look(&v, &question, S(HEAD "\"sender_id\":\"1\"}"), S(DOCUMENT_MEDIA_TYPE));
	assert_true(v.is_barred && v.errors > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_says_most),
		cmocka_unit_test(what_is_of_another_agreement_or_book),
		cmocka_unit_test(what_came_of_an_outage_is_not_refused_for_saying_too_much),
		cmocka_unit_test(where_it_says_so),
		cmocka_unit_test(what_is_right_goes),
		cmocka_unit_test(on_whose_behalf),
		cmocka_unit_test(the_way_of_both_directions),
		cmocka_unit_test(nothing_gets_around_by_its_name),
		cmocka_unit_test(nothing_hides_another_sender),
		cmocka_unit_test(what_is_not_valid_says_so),
		cmocka_unit_test(of_several_each),
		cmocka_unit_test(of_several_the_earliest_end_counts),
		cmocka_unit_test(x12_ends_as_the_document_that_it_is),
		cmocka_unit_test(of_several_the_longest_secrecy_counts),
		cmocka_unit_test(time_is_read_of_what_is_not_looked_into),
		cmocka_unit_test(what_documents_say_is_collected),
		cmocka_unit_test(what_is_encoded_and_large_is_not_let_through),
		cmocka_unit_test(what_claims_nothing_is_let_alone_where_that_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
