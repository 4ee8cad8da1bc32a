# SPDX-License-Identifier: Apache-2.0
"""Interchanges as utilities exchange them, each also with one mistake: what the standard says of each is known here."""

GROUPS = {"650": "MO", "810": "IN", "814": "GE", "820": "RA", "824": "AG", "867": "PT", "997": "FA", "999": "FA"}
BODIES = {
    "650": "BGN*79*M1*20240105~REF*5H*RC001~DTM*369*20240105*1600~N1*8S*WIRES*1*007909411~HL*1**SS~REF*MG*METER1~",
    "810": "BIG*20240102*INV1*****PR*00~REF*11*S1~N1*8S*WIRES*1*007909411~N1*8R*A CUSTOMER~ITD******20240126~IT1*1*****SV*ELECTRIC~"
           "TXI*GR*1.25~DTM*150*20231201~SLN*1**A~SAC*C**EU*BAS001*1250~TDS*1375~CTT*1~",
    "814": "BGN*13*R1*20240105~N1*8S*WIRES*1*007909411~N1*8R*A CUSTOMER~LIN*2*SH*EL*SH*CE~ASI*7*021~REF*11*S1~NM1*MQ*3~REF*MT*KHMON~",
    "820": "BPR*C*120.5*C*ACH*CTX*01*031000011*DA*1111***01*031000022*DA*2222*20240110~TRN*1*TRACE1~DTM*009*20240110~N1*PR*WIRES~"
           "ENT*1~RMR*12*A1**100.25~RMR*12*A2*AJ*20.25~",
    "824": "BGN*11*V1*20240105~N1*8S*WIRES*1*007909411~OTI*TR*TN*B1*******810~REF*7G*A13*NOT OURS~",
    "867": "BPT*00*U1*20240105*C1~N1*8S*WIRES*1*007909411~REF*11*S1~PTD*BQ~DTM*150*20231201~QTY*QD*1.25*KH~DTM*582*20231201*0015*ES~",
    "997": "AK1*HC*7~AK2*837*0001~AK3*CLM*5**8~AK4*1*610*6*X~AK5*R*5~AK9*R*1*1*0~",
    "999": "AK1*HC*7*005010X222A1~AK2*837*0001*005010X222A1~IK3*CLM*5**8~IK4*1*610*6*X~IK5*R*5~AK9*R*1*1*0~",
}
FINE, WRONG = True, False

# (set, what is wrong, what stands there, what then stands there): SE counts what is there then.
BODY_MISTAKES = [
    ("650", "no beginning", "BGN*79*M1*20240105~", ""),
    ("650", "no HL loop", "HL*1**SS~REF*MG*METER1~", ""),
    ("650", "a time of hour 25", "*20240105*1600~", "*20240105*2500~"),
    ("650", "HL03 is missing", "HL*1**SS~", "HL*1~"),
    ("810", "no beginning", "BIG*20240102*INV1*****PR*00~", ""),
    ("810", "no total", "TDS*1375~", ""),
    ("810", "a segment that X12 does not have", "TDS*", "QQ7*1~TDS*"),
    ("810", "a segment of another set", "TDS*", "BPT*00*U1*20240105~TDS*"),
    ("810", "a segment out of order", "REF*11*S1~N1*8S*WIRES*1*007909411~", "N1*8S*WIRES*1*007909411~ITD******20240126~REF*11*S1~"),
    ("810", "a segment twice", "TDS*1375~", "TDS*1375~TDS*1375~"),
    ("810", "a number that is missing", "BIG*20240102*INV1*", "BIG*20240102**"),
    ("810", "a number that is too long", "*INV1*", "*INVOICE-NUMBER-12345678*"),
    ("810", "a code that is too long", "*PR*00~", "*PRX*00~"),
    ("810", "a qualifier that is too short", "REF*11*S1~", "REF*1*S1~"),
    ("810", "a day that is none", "BIG*20240102*", "BIG*20240230*"),
    ("810", "a month that is none", "BIG*20240102*", "BIG*20241302*"),
    ("810", "a date of six digits", "BIG*20240102*", "BIG*240102*"),
    ("810", "a 29th of February of 2023", "BIG*20240102*", "BIG*20230229*"),
    ("810", "an integer with a point", "TDS*1375~", "TDS*13.75~"),
    ("810", "an integer with letters", "TDS*1375~", "TDS*13A5~"),
    ("810", "a number with two points", "TXI*GR*1.25~", "TXI*GR*1.2.5~"),
    ("810", "a number with a comma", "TXI*GR*1.25~", "TXI*GR*1,25~"),
    ("810", "a number with a plus", "TXI*GR*1.25~", "TXI*GR*+1.25~"),
    ("810", "too many elements", "CTT*1~", "CTT*1*1*1*LB*1*CF*TEXT*MORE~"),
    ("810", "one of a pair", "N1*8S*WIRES*1*007909411~", "N1*8S*WIRES*1~"),
    ("810", "neither of two", "N1*8R*A CUSTOMER~", "N1*8R~"),
    ("810", "a control character", "A CUSTOMER", "A\x01CUSTOMER"),
    ("810", "a tabulator", "A CUSTOMER", "A\tCUSTOMER"),
    ("810", "a component in a simple element", "N1*8R*A CUSTOMER~", "N1*8R*A>CUSTOMER~"),
    ("810", "a lower-case segment id", "REF*11*S1~", "ref*11*S1~"),
    ("810", "a blank before a segment id", "~REF*11*S1~", "~ REF*11*S1~"),
    ("810", "a segment without elements", "REF*11*S1~", "REF~"),
    ("867", "an exponent without digits", "QTY*QD*1.25*KH~", "QTY*QD*1.25E*KH~"),
    ("810", "an empty segment", "REF*11*S1~", "REF*11*S1~~"),
    ("814", "no beginning", "BGN*13*R1*20240105~", ""),
    ("814", "a date that is missing", "BGN*13*R1*20240105~", "BGN*13*R1~"),
    ("814", "a segment of a loop that did not begin", "LIN*2*SH*EL*SH*CE~ASI*7*021~", "ASI*7*021~"),
    ("814", "a product without its kind", "LIN*2*SH*EL*SH*CE~", "LIN*2*SH*EL**CE~"),
    ("814", "an action that is too long", "ASI*7*021~", "ASI*7*0210~"),
    ("820", "no beginning", "BPR*C*120.5*C*ACH*CTX*01*031000011*DA*1111***01*031000022*DA*2222*20240110~", ""),
    ("820", "an amount that is no number", "BPR*C*120.5*", "BPR*C*12O.5*"),
    ("820", "an amount that is missing", "BPR*C*120.5*", "BPR*C**"),
    ("820", "a bank without its number", "*01*031000011*DA*1111*", "*01**DA*1111*"),
    ("820", "a trace that is missing", "TRN*1*TRACE1~", "TRN*1~"),
    ("824", "no OTI loop", "OTI*TR*TN*B1*******810~REF*7G*A13*NOT OURS~", ""),
    ("824", "a set id of four", "*******810~", "*******8100~"),
    ("824", "a reference that is missing", "OTI*TR*TN*B1*", "OTI*TR*TN**"),
    ("824", "a segment of another set", "REF*7G*", "BIG*20240102*INV1~REF*7G*"),
    ("867", "no beginning", "BPT*00*U1*20240105*C1~", ""),
    ("867", "no PTD loop", "PTD*BQ~DTM*150*20231201~QTY*QD*1.25*KH~DTM*582*20231201*0015*ES~", ""),
    ("867", "a quantity that is no number", "QTY*QD*1.25*KH~", "QTY*QD*1.25X*KH~"),
    ("867", "a quantity of 16 digits", "QTY*QD*1.25*KH~", "QTY*QD*1234567890123.456*KH~"),
    ("867", "a unit of three", "QTY*QD*1.25*KH~", "QTY*QD*1.25*KHH~"),
    ("867", "a time of minute 60", "*20231201*0015*ES~", "*20231201*0060*ES~"),
    ("867", "a time of three digits", "*20231201*0015*ES~", "*20231201*015*ES~"),
    ("867", "a time that is 2400", "*20231201*0015*ES~", "*20231201*2400*ES~"),
    ("867", "six N1 loops", "N1*8S*WIRES*1*007909411~", "N1*8S*WIRES*1*007909411~" + "N1*8R*A CUSTOMER~" * 5),
    ("997", "no AK1", "AK1*HC*7~", ""),
    ("997", "no AK5", "AK5*R*5~", ""),
    ("997", "no AK9", "AK9*R*1*1*0~", ""),
    ("997", "AK9 without counts", "AK9*R*1*1*0~", "AK9*R~"),
    ("997", "AK4 before AK3", "AK3*CLM*5**8~AK4*1*610*6*X~", "AK4*1*610*6*X~AK3*CLM*5**8~"),
    ("997", "a count with letters", "AK9*R*1*1*0~", "AK9*R*A*1*0~"),
    ("997", "AK1 without its number", "AK1*HC*7~", "AK1*HC~"),
    ("997", "AK1 with an element too many", "AK1*HC*7~", "AK1*HC*7*004010~"),
    ("997", "a set id of four", "AK2*837*", "AK2*8370*"),
    ("997", "a set number of three digits", "AK2*837*0001~", "AK2*837*001~"),
    ("997", "a segment position of seven digits", "AK3*CLM*5*", "AK3*CLM*1234567*"),
    ("997", "AK9 twice", "AK9*R*1*1*0~", "AK9*R*1*1*0~AK9*R*1*1*0~"),
    ("997", "a segment that X12 does not have", "AK5*R*5~", "QQ7*1~AK5*R*5~"),
    ("999", "no IK5", "IK5*R*5~", ""),
    ("999", "IK4 without its code", "IK4*1*610*6*X~", "IK4*1*610~"),
    ("999", "AK3 as in a 997", "IK3*CLM*5**8~", "AK3*CLM*5**8~"),
]
BODY_FINE = [
    ("997", "an answer about bills", "AK1*HC*7~AK2*837*", "AK1*IN*7~AK2*810*"),
    ("867", "a quantity with an exponent", "QTY*QD*1.25*KH~", "QTY*QD*1.25E2*KH~"),
    ("810", "elements that are empty at the end", "REF*11*S1~", "REF*11*S1**~"),
    ("810", "a number below nothing", "TDS*1375~", "TDS*-1375~"),
    ("810", "a number with no digit before the point", "TXI*GR*1.25~", "TXI*GR*.25~"),
    ("810", "a 29th of February of 2024", "BIG*20240102*", "BIG*20240229*"),
    ("810", "characters of the extended set", "A CUSTOMER", "a customer @ #1"),
    ("820", "an amount below nothing", "RMR*12*A2*AJ*20.25~", "RMR*12*A2*AJ*-20.25~"),
    ("867", "a quantity of 15 digits, its point not counted", "QTY*QD*1.25*KH~", "QTY*QD*123456789012.345*KH~"),
    ("867", "a time with seconds", "*20231201*0015*ES~", "*20231201*001530*ES~"),
    ("867", "a time with hundredths of seconds", "*20231201*0015*ES~", "*20231201*00153099*ES~"),
    ("867", "five N1 loops", "N1*8S*WIRES*1*007909411~", "N1*8S*WIRES*1*007909411~" + "N1*8R*A CUSTOMER~" * 4),
]
# Of the envelope around a bill: as above, but nothing is counted anew.
ENVELOPE = [
    (WRONG, "SE01 counts one too many", "SE*14*", "SE*15*"),
    (WRONG, "SE01 is no number", "SE*14*", "SE*X*"),
    (WRONG, "SE01 is missing", "SE*14*", "SE**"),
    (FINE, "SE01 begins with a nought", "SE*14*", "SE*014*"),
    (WRONG, "SE02 is another", "*0001~GE", "*0002~GE"),
    (WRONG, "SE02 is missing", "SE*14*0001~", "SE*14~"),
    (WRONG, "no SE", "SE*14*0001~", ""),
    (WRONG, "GE01 counts one too many", "GE*1*", "GE*2*"),
    (WRONG, "GE01 is missing", "GE*1*", "GE**"),
    (WRONG, "GE02 is another", "GE*1*7~", "GE*1*8~"),
    (WRONG, "GE02 begins with a nought that GS06 does not have", "GE*1*7~", "GE*1*07~"),
    (WRONG, "no GE", "GE*1*7~", ""),
    (WRONG, "IEA01 counts one too many", "IEA*1*", "IEA*2*"),
    (WRONG, "IEA02 is another", "IEA*1*000000042~", "IEA*1*000000043~"),
    (WRONG, "IEA02 has no noughts", "IEA*1*000000042~", "IEA*1*42~"),
    (WRONG, "no IEA", "IEA*1*000000042~", ""),
    (WRONG, "no SE, GE and IEA", "SE*14*0001~GE*1*7~IEA*1*000000042~", ""),
    (WRONG, "no GS and GE", "GS*IN*1234567891500*987654321*20240102*0304*7*X*004010~", "", "GE*1*7~", ""),
    (WRONG, "no ISA", "ISA*00*          *00*          *01*123456789      *14*987654321      *240102*0304*U*00401*000000042*0*T*>~", ""),
    (WRONG, "ISA06 is short of a blank", "*123456789      *", "*123456789     *"),
    (WRONG, "ISA09 is no day", "*240102*0304*U", "*240132*0304*U"),
    (WRONG, "ISA10 is no time", "*240102*0304*U", "*240102*0364*U"),
    (WRONG, "ISA05 is no qualifier", "*01*123456789      *", "*QQ*123456789      *"),
    (WRONG, "ISA12 is no version", "*00401*", "*00000*"),
    (FINE, "ISA12 is a version that there was not yet", "*00401*", "*00901*"),
    (WRONG, "ISA13 is not all digits", "*000000042*0*", "*00000004A*0*", "IEA*1*000000042~", "IEA*1*00000004A~"),
    (WRONG, "ISA14 is neither 0 nor 1", "*000000042*0*", "*000000042*2*"),
    (WRONG, "ISA15 is neither P nor T", "*0*T*>", "*0*X*>"),
    (WRONG, "GS01 is of another set", "GS*IN*", "GS*PT*"),
    (WRONG, "GS01 is missing", "GS*IN*", "GS**"),
    (WRONG, "GS02 is missing", "*1234567891500*", "**"),
    (WRONG, "GS04 is no day", "*20240102*0304*7*", "*20240132*0304*7*"),
    (WRONG, "GS04 has six digits", "*20240102*0304*7*", "*240102*0304*7*"),
    (WRONG, "GS05 is no time", "*20240102*0304*7*", "*20240102*0364*7*"),
    (WRONG, "GS06 is no number", "*0304*7*X", "*0304*A*X", "GE*1*7~", "GE*1*A~"),
    (WRONG, "GS07 is no agency", "*X*004010~", "*Q*004010~"),
    (WRONG, "GS08 is missing", "*X*004010~", "*X~"),
    (WRONG, "ST01 is no set", "ST*810*", "ST*8*"),
    (WRONG, "ST02 has three digits", "ST*810*0001~", "ST*810*001~", "SE*14*0001~", "SE*14*001~"),
    (WRONG, "ST02 is missing", "ST*810*0001~", "ST*810~"),
    (WRONG, "a segment between group and set", "ST*810*", "REF*11*S1~ST*810*"),
    (WRONG, "a segment between interchange and group", "GS*IN*", "REF*11*S1~GS*IN*"),
    (WRONG, "a segment behind the group", "IEA*1*", "REF*11*S1~IEA*1*"),
    (WRONG, "text behind the interchange", "IEA*1*000000042~", "IEA*1*000000042~and more"),
    (WRONG, "no terminator at the end", "IEA*1*000000042~", "IEA*1*000000042"),
    (WRONG, "an element too many in SE", "SE*14*0001~", "SE*14*0001*1~"),
    (WRONG, "a group without sets, counted as one", "ST*810*0001~{body}SE*14*0001~", ""),
    (FINE, "TA1 before the group", "GS*IN*", "TA1*000000001*240101*0304*A*000~GS*IN*"),
    (FINE, "TA1 for an interchange of hour 25", "GS*IN*", "TA1*000000001*240101*2504*R*015~GS*IN*"),
    (WRONG, "TA1 without its code", "GS*IN*", "TA1*000000001*240101*0304**000~GS*IN*"),
    (WRONG, "TA1 with a code that is none", "GS*IN*", "TA1*000000001*240101*0304*X*000~GS*IN*"),
    (WRONG, "TA1 behind the group", "IEA*1*", "TA1*000000001*240101*0304*A*000~IEA*1*"),
    (FINE, "line ends behind segments", "~", "~\r\n"),
    (FINE, "one line end at the end", "IEA*1*000000042~", "IEA*1*000000042~\n"),
    (FINE, "other delimiters", "*", "|", ">", ":", "~", "\n"),
]


def envelope(kind, body, number="000000042", group="7"):
    fifth = kind == "999"
    version = "005010X231A1" if fifth else "004010"
    isa = (f"ISA*00*          *00*          *01*123456789      *14*987654321      *240102*0304*{'^' if fifth else 'U'}*"
           f"{'00501' if fifth else '00401'}*{number}*0*T*>~")
    gs = f"GS*{GROUPS[kind]}*1234567891500*987654321*20240102*0304*{group}*X*{version}~"
    st = f"ST*{kind}*0001{'*005010X231A1' if fifth else ''}~"
    return f"{isa}{gs}{st}{body}SE*{body.count('~') + 2}*0001~GE*1*{group}~IEA*1*{number}~"


def replaced(text, *changes):
    for old, new in zip(changes[::2], changes[1::2]):
        old = old.replace("{body}", BODIES["810"])
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def of_several():
    bill = envelope("810", BODIES["810"])
    again = bill[bill.index("ST*"):bill.index("GE*")]
    group = bill[bill.index("GS*"):bill.index("IEA*")]
    two_sets = bill.replace("GE*1*", again + "GE*2*")
    two_groups = bill.replace("IEA*1*", group + "IEA*2*")
    return [
        (WRONG, "two sets of one number", two_sets),
        (FINE, "two sets", two_sets.replace(again, again.replace("*0001~", "*0002~"), 1)),
        (WRONG, "two groups of one number", two_groups),
        (FINE, "two groups", two_groups.replace(group, group.replace("*7*X", "*8*X").replace("GE*1*7", "GE*1*8"), 1)),
        (WRONG, "two interchanges of one number", bill + bill),
        (FINE, "two interchanges", bill + bill.replace("000000042", "000000043")),
        (FINE, "two interchanges, a line end between", bill + "\n" + bill.replace("000000042", "000000043")),
        (WRONG, "nothing", ""),
        (WRONG, "an ISA alone", bill[:106]),
        (WRONG, "half an ISA", bill[:50]),
        (FINE, "letters of Latin 1, if that is agreed", bill.replace("A CUSTOMER", "D\xdcRER")),
    ]


def samples():
    """(name, bytes, whether the standard allows it) of each."""
    bill = envelope("810", BODIES["810"])
    made = [(kind, envelope(kind, body), FINE) for kind, body in BODIES.items()]
    for expected, rows in ((WRONG, BODY_MISTAKES), (FINE, BODY_FINE)):
        made += [(f"{kind}: {what}", envelope(kind, replaced(BODIES[kind], *change)), expected) for kind, what, *change in rows]
    made += [(what, replaced(bill, *change), expected) for expected, what, *change in ENVELOPE]
    made += [(what, text, expected) for expected, what, text in of_several()]
    assert len({name for name, _, _ in made}) == len(made)
    return [(name, text.encode("latin-1"), expected) for name, text, expected in made]
