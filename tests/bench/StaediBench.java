// SPDX-License-Identifier: Apache-2.0
// How fast StAEDI reads files of X12 that are in memory: every event, and the text of every element,
// copied where it costs the least.  Rounds are gone through before any counts, until the machine
// code is there; then the best counts.
//
//     java -cp STAEDI.jar StaediBench.java ROUNDS (FILE SCHEMA)...     lines of: FILE WAY MB/s
import io.xlate.edi.schema.Schema;
import io.xlate.edi.schema.SchemaFactory;
import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamEvent;
import io.xlate.edi.stream.EDIStreamReader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

class StaediBench {
	// What is asked of it: nothing but events; envelopes too; and sets beside their schema.
	enum Way { READ, ENVELOPES, SCHEMA }

	static final int WARM_UP = 2;

	static long sink;
	static final char[] text = new char[1 << 16];

	static void element(EDIStreamReader reader) {
		sink += reader.getTextCharacters(0, text, 0, reader.getTextLength()) + text[0];
	}

	static void read(byte[] bytes, Way way, Schema schema) throws Exception {
		EDIInputFactory factory = EDIInputFactory.newFactory();
		factory.setProperty(EDIInputFactory.EDI_VALIDATE_CONTROL_STRUCTURE, way != Way.READ);
		boolean begins = false;
		try (InputStream in = new ByteArrayInputStream(bytes); EDIStreamReader reader = factory.createEDIStreamReader(in)) {
			while (reader.hasNext()) {
				EDIStreamEvent event = reader.next();
				if (event == EDIStreamEvent.ELEMENT_DATA) {
					element(reader);
					if (begins && way == Way.SCHEMA)
						reader.setTransactionSchema(schema);
					begins = false;
				} else if (event == EDIStreamEvent.START_TRANSACTION) {
					begins = true;
				} else if (event.isError()) {
					throw new IllegalStateException("the data is not valid: " + reader.getErrorType() + " " + reader.getLocation());
				}
			}
		}
	}

	static double rate(byte[] bytes, Way way, Schema schema, int rounds) throws Exception {
		double best = 0;
		for (int i = 0; i < WARM_UP + rounds; i++) {
			long began = System.nanoTime();
			read(bytes, way, schema);
			if (i >= WARM_UP)
				best = Math.max(best, bytes.length * 1e3 / (System.nanoTime() - began));
		}
		return best;
	}

	public static void main(String[] args) throws Exception {
		for (Way way : Way.values())
			for (int i = 1; i + 1 < args.length; i += 2) {
				byte[] bytes = Files.readAllBytes(Path.of(args[i]));
				Schema schema;
				try (InputStream in = Files.newInputStream(Path.of(args[i + 1]))) {
					schema = SchemaFactory.newFactory().createSchema(in);
				}
				System.out.printf("%s %s %.2f%n", args[i], way, rate(bytes, way, schema, Integer.parseInt(args[0])));
			}
		if (sink == 1)
			System.out.println();
	}
}
