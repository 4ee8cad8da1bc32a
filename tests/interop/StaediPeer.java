// SPDX-License-Identifier: Apache-2.0
// What StAEDI says of X12 files: its own control schemas for the envelopes, and for sets the schema
// that SCHEMAS/VERSION-SET.xml has, where there is one.
//
//     java -cp STAEDI.jar StaediPeer.java SCHEMAS <FILES     a line of JSON for each line of FILES
import io.xlate.edi.schema.EDISchemaException;
import io.xlate.edi.schema.Schema;
import io.xlate.edi.schema.SchemaFactory;
import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamEvent;
import io.xlate.edi.stream.EDIStreamException;
import io.xlate.edi.stream.EDIStreamReader;
import io.xlate.edi.stream.Location;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class StaediPeer {
	// The element that counts the bytes of the binary one behind it.
	static final Map<String, Integer> BINARY_LENGTH = Map.of("BIN", 1, "BDS", 2);

	final Path schemas;
	final Map<String, Schema> loaded = new HashMap<>();
	final EDIInputFactory factory = EDIInputFactory.newFactory();

	StaediPeer(Path schemas) {
		this.schemas = schemas;
	}

	Schema schema(String name) throws EDISchemaException, IOException {
		Path file = schemas.resolve(name + ".xml");
		if (!loaded.containsKey(name) && Files.exists(file))
			try (InputStream in = Files.newInputStream(file)) {
				loaded.put(name, SchemaFactory.newFactory().createSchema(in));
			}
		return loaded.get(name);
	}

	static String quoted(String text) {
		StringBuilder out = new StringBuilder("\"");
		for (char c : String.valueOf(text).toCharArray())
			out.append(c < ' ' || c == '"' || c == '\\' || c > '~' ? String.format("\\u%04x", (int)c) : "" + c);
		return out.append('"').toString();
	}

	static String finding(Location at, String code) {
		return String.format("{\"segment\": %d, \"id\": %s, \"element\": %d, \"component\": %d, \"code\": %s}",
			at.getSegmentPosition(), quoted(at.getSegmentTag()), at.getElementPosition(), at.getComponentPosition(), quoted(code));
	}

	void setBegins(EDIStreamReader reader, List<String> guided) throws EDISchemaException, IOException {
		String version = reader.getTransactionVersion()[1]; // GS08, behind the agency that GS07 says
		String name = (version.length() > 6 ? version.substring(0, 6) : version) + "-" + reader.getTransactionType();
		Schema schema = name.matches("[0-9]{6}-[0-9]{3}") ? schema(name) : null;
		reader.setTransactionSchema(schema);
		guided.add(quoted(schema == null ? "" : name));
	}

	// Reads to the end, as an application would: every element's text.
	void read(EDIStreamReader reader, List<String> findings, List<String> guided) throws Exception {
		while (reader.hasNext()) {
			EDIStreamEvent event = reader.next();
			Location at = reader.getLocation();
			if (event.isError())
				findings.add(finding(at, reader.getErrorType().name()));
			else if (event == EDIStreamEvent.ELEMENT_DATA && "ST".equals(at.getSegmentTag()) && at.getElementPosition() == 1)
				setBegins(reader, guided); // the last event at which it takes a schema, the first at which ST01 is known
			else if (event == EDIStreamEvent.ELEMENT_DATA
					&& Integer.valueOf(at.getElementPosition()).equals(BINARY_LENGTH.get(at.getSegmentTag()))
					&& reader.getText().matches("[0-9]{1,15}"))
				reader.setBinaryDataLength(Long.parseLong(reader.getText()));
		}
	}

	String judged(String path) throws Exception {
		List<String> findings = new ArrayList<>(), guided = new ArrayList<>();
		try (InputStream in = new BufferedInputStream(Files.newInputStream(Path.of(path)));
				EDIStreamReader reader = factory.createEDIStreamReader(in)) {
			try {
				read(reader, findings, guided);
			} catch (EDIStreamException | RuntimeException e) {
				findings.add(finding(reader.getLocation(), e.getClass().getSimpleName() + ": " + e.getMessage()));
			}
		}
		return String.format("{\"file\": %s, \"guided\": [%s], \"findings\": [%s]}", quoted(path),
			String.join(", ", guided), String.join(", ", findings));
	}

	public static void main(String[] args) throws Exception {
		StaediPeer peer = new StaediPeer(Path.of(args[0]));
		BufferedReader files = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String path; (path = files.readLine()) != null;)
			System.out.println(peer.judged(path));
	}
}
