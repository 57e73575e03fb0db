import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the shop's report must say, worked out from the CSV alone: no service, no broker, no
 * database, no class of the shop's. The rules are written down here a second time on purpose.
 *
 * <pre>
 *   java samples/shop/expected/Expected.java FILE                        prints the report
 *   java samples/shop/expected/Expected.java --compare REPORT.json FILE  exits with 1 if it differs
 *   … --guests --compare REPORT.json FILE     when sound lines of nobody were replayed for a guest
 * </pre>
 *
 * <p>Reads the whole file into memory; the duration is not part of it, nor are faults and what they
 * caused. Of a run with faults only the number of the line that failed for good is taken from the
 * report: that line must be a dead letter <code>injected</code>, and nobody pays for it.
 */
public final class Expected {
  /** What differs from run to run. */
  private static final Set<String> NOT_COMPARED =
      Set.of("durationMs", "seed", "injectedLine", "faults", "redelivered", "suppressedDuplicates");

  private static final String HEADER =
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

  private final Map<String, Object> counts = new TreeMap<>();
  private final Map<String, Object> deadLettered = new TreeMap<>();
  private final Map<String, BigDecimal> totals = new TreeMap<>();
  private final Set<String> seen = new HashSet<>();
  private final long injectedLine;
  private final boolean guests;
  private long lineNo = 1;

  private Expected(long injectedLine, boolean guests) {
    this.injectedLine = injectedLine;
    this.guests = guests;
  }

  public static void main(String[] given) throws IOException {
    boolean guests = given.length > 0 && given[0].equals("--guests");
    String[] args = guests ? Arrays.copyOfRange(given, 1, given.length) : given;
    if (args.length == 1 && !args[0].startsWith("--")) {
      System.out.println(json(of(Path.of(args[0]), 0, guests), ""));
    } else if (args.length == 3 && args[0].equals("--compare")) {
      Map<String, Object> report = new JsonReader(Files.readString(Path.of(args[1]))).document();
      List<String> differences = new ArrayList<>();
      long injected = report.get("injectedLine") instanceof Long line ? line : 0;
      compare("", of(Path.of(args[2]), injected, guests), report, differences);
      differences.forEach(System.out::println);
      System.out.println(
          differences.isEmpty()
              ? "The report is as expected."
              : differences.size() + " differences from what is expected.");
      System.exit(differences.isEmpty() ? 0 : 1);
    } else {
      System.err.println("usage: java Expected.java [--guests] [--compare REPORT.json] FILE");
      System.exit(2);
    }
  }

  // ---- the rules -------------------------------------------------------------------------------

  private static Map<String, Object> of(Path file, long injectedLine, boolean guests)
      throws IOException {
    List<byte[]> lines = lines(Files.readAllBytes(file));
    if (lines.isEmpty() || !text(lines.get(0)).replace("\uFEFF", "").equals(HEADER)) {
      throw new IOException(file + ": the first line is not " + HEADER);
    }
    Expected expected = new Expected(injectedLine, guests);
    lines.subList(1, lines.size()).forEach(expected::judge);
    return expected.report(lines.size() - 1);
  }

  private void judge(byte[] line) {
    lineNo++;
    // Latin-1 has a character for every byte, so equal texts are equal bytes.
    if (!seen.add(new String(line, StandardCharsets.ISO_8859_1))) {
      count(counts, "duplicate");
      return;
    }
    if (line.length > 65_536) {
      count(deadLettered, "broken-line");
      return;
    }
    String text;
    try {
      text = text(line);
    } catch (CharacterCodingException malformed) {
      count(deadLettered, "bad-encoding");
      return;
    }
    List<String> field = fields(text);
    if (field == null
        || field.size() != 8
        || field.get(0).length() > 200
        || field.get(6).length() > 200
        || !field.get(3).matches("[+-]?[0-9]{1,18}")
        || !field.get(5).matches("[+-]?[0-9]{1,18}(\\.[0-9]{1,18})?")
        || !isDate(field.get(4))) {
      count(deadLettered, "broken-line");
      return;
    }
    BigDecimal quantity = new BigDecimal(field.get(3));
    BigDecimal price = new BigDecimal(field.get(5));
    boolean sound =
        field.get(0).startsWith("C")
            || (quantity.signum() > 0 && price.signum() > 0 && !field.get(2).isBlank());
    String customer = guests && sound && field.get(6).isBlank() ? "guest" : field.get(6);
    if (customer.isBlank()) {
      count(deadLettered, "no-customer");
    } else if (field.get(0).startsWith("C")) {
      count(counts, "cancelled");
      totals.merge(customer, quantity.multiply(price), BigDecimal::add);
    } else if (quantity.signum() <= 0) {
      count(deadLettered, "bad-quantity");
    } else if (price.signum() <= 0) {
      count(deadLettered, "no-price");
    } else if (field.get(2).isBlank()) {
      count(deadLettered, "no-description");
    } else if (lineNo == injectedLine) {
      count(deadLettered, "injected");
    } else {
      count(counts, "accepted");
      totals.merge(customer, quantity.multiply(price), BigDecimal::add);
    }
  }

  private Map<String, Object> report(int lines) {
    Map<String, Object> customers = new TreeMap<>();
    totals.forEach(
        (customer, total) -> {
          BigDecimal shortest = total.stripTrailingZeros();
          customers.put(
              customer, shortest.setScale(Math.max(2, shortest.scale())).toPlainString());
        });
    Map<String, Object> report = new TreeMap<>(counts);
    for (String name : List.of("accepted", "cancelled", "duplicate")) {
      report.putIfAbsent(name, 0L);
    }
    report.put("lines", (long) lines);
    report.put("deadLettered", deadLettered);
    report.put("customers", customers);
    return report;
  }

  private static void count(Map<String, Object> counts, String what) {
    counts.merge(what, 1L, (a, b) -> (Long) a + (Long) b);
  }

  // ---- the CSV ---------------------------------------------------------------------------------

  /** Lines end in LF or CR LF; what follows the last of these, if anything, is a line too. */
  private static List<byte[]> lines(byte[] file) {
    List<byte[]> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean open = false;
    for (byte value : file) {
      open = value != '\n';
      if (open) {
        line.write(value);
      } else {
        lines.add(withoutCarriageReturn(line));
        line.reset();
      }
    }
    if (open) {
      lines.add(withoutCarriageReturn(line));
    }
    return lines;
  }

  private static byte[] withoutCarriageReturn(ByteArrayOutputStream line) {
    byte[] bytes = line.toByteArray();
    boolean ends = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return ends ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  private static String text(byte[] line) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
  }

  /** The fields of a line; null if it is broken. */
  private static List<String> fields(String line) {
    if (line.isEmpty() || line.indexOf('\0') >= 0 || line.indexOf('\r') >= 0) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    int at = 0;
    while (true) {
      StringBuilder field = new StringBuilder();
      if (at < line.length() && line.charAt(at) == '"') {
        at++;
        while (true) {
          int quote = line.indexOf('"', at);
          if (quote < 0) {
            return null; // never closed
          }
          field.append(line, at, quote);
          at = quote + 1;
          if (at < line.length() && line.charAt(at) == '"') {
            field.append('"');
            at++;
          } else {
            break;
          }
        }
        if (at < line.length() && line.charAt(at) != ',') {
          return null; // something behind the closing quote
        }
      } else {
        int comma = line.indexOf(',', at);
        int end = comma < 0 ? line.length() : comma;
        field.append(line, at, end);
        at = end;
      }
      fields.add(field.toString());
      if (at == line.length()) {
        return fields;
      }
      at++; // the comma
    }
  }

  private static boolean isDate(String field) {
    try {
      LocalDateTime.parse(field);
      return true;
    } catch (DateTimeParseException none) {
      return false;
    }
  }

  // ---- JSON ------------------------------------------------------------------------------------

  private static void compare(
      String where, Object expected, Object actual, List<String> differences) {
    if (expected instanceof Map<?, ?> wanted && actual instanceof Map<?, ?> found) {
      Set<Object> names = new TreeSet<>(wanted.keySet());
      names.addAll(found.keySet());
      for (Object name : names) {
        if (!NOT_COMPARED.contains(where + name)) {
          compare(where + name + ".", wanted.get(name), found.get(name), differences);
        }
      }
    } else if (!String.valueOf(expected).equals(String.valueOf(actual))) {
      String name = where.substring(0, where.length() - 1);
      differences.add(name + ": expected " + expected + ", the report has " + actual);
    }
  }

  private static String json(Object value, String indent) {
    if (value instanceof Map<?, ?> map) {
      StringBuilder json = new StringBuilder("{");
      String deeper = indent + "  ";
      map.forEach(
          (name, part) ->
              json.append(json.length() == 1 ? "\n" : ",\n")
                  .append(deeper)
                  .append(quoted(name.toString()))
                  .append(": ")
                  .append(json(part, deeper)));
      return json.append(map.isEmpty() ? "" : "\n" + indent).append("}").toString();
    }
    return value instanceof String text ? quoted(text) : value.toString();
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  /** Reads objects, strings and whole numbers: all that a report is made of. */
  private static final class JsonReader {
    private final String text;
    private int at;

    JsonReader(String text) {
      this.text = text;
    }

    Map<String, Object> document() throws IOException {
      next();
      Map<String, Object> report = object();
      if (next() != 0) {
        throw wrong("the end");
      }
      return report;
    }

    private Object value() throws IOException {
      char first = next();
      if (first == '{') {
        return object();
      }
      if (first == '"') {
        return string();
      }
      int begin = at;
      while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      if (begin == at) {
        throw wrong("a value");
      }
      return Long.valueOf(text.substring(begin, at));
    }

    private Map<String, Object> object() throws IOException {
      Map<String, Object> object = new TreeMap<>();
      expect('{');
      while (next() != '}') {
        if (!object.isEmpty()) {
          expect(',');
          next();
        }
        String name = string();
        next();
        expect(':');
        if (object.put(name, value()) != null) {
          throw wrong("one " + name);
        }
      }
      expect('}');
      return object;
    }

    private String string() throws IOException {
      expect('"');
      StringBuilder string = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c != '\\') {
          string.append(c);
          continue;
        }
        char escaped = text.charAt(at++);
        switch (escaped) {
          case 'n' -> string.append('\n');
          case 't' -> string.append('\t');
          case 'r' -> string.append('\r');
          case 'b' -> string.append('\b');
          case 'f' -> string.append('\f');
          case 'u' -> {
            string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
            at += 4;
          }
          default -> string.append(escaped);
        }
      }
      expect('"');
      return string.toString();
    }

    /** The next character that is no white space, not taken; zero at the end. */
    private char next() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char c) throws IOException {
      if (at >= text.length() || text.charAt(at) != c) {
        throw wrong("'" + c + "'");
      }
      at++;
    }

    private IOException wrong(String expected) {
      return new IOException("The report is not such JSON: expected " + expected + " at " + at);
    }
  }
}
