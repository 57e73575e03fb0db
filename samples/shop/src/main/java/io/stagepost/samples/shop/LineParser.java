package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.UnreadableLine;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns a physical line into an order line, or into an account of why it is none. */
final class LineParser {
  /** The reason of lines that are no order lines. */
  static final String BROKEN_LINE = "broken-line";

  /** The reason of lines that are no UTF-8. */
  static final String BAD_ENCODING = "bad-encoding";

  static final List<String> COLUMNS =
      List.of(
          "InvoiceNo",
          "StockCode",
          "Description",
          "Quantity",
          "InvoiceDate",
          "UnitPrice",
          "CustomerID",
          "Country");

  /** Invoices and customers are keys, in topics and in tables. */
  private static final int MAX_KEY_LENGTH = 200;

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");
  private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,18}(\\.[0-9]{1,18})?");

  private LineParser() {}

  static Line parse(RawLine line) {
    if (line.isCut()) {
      String problem = "the line has %d bytes; the limit is %d";
      return unreadable(
          line, BROKEN_LINE, problem.formatted(line.length(), RawLines.MAX_BYTES), null);
    }
    String text;
    try {
      text = decode(line.bytes());
    } catch (CharacterCodingException malformed) {
      return unreadable(line, BAD_ENCODING, "the line is not valid UTF-8", null);
    }
    try {
      return new Line.Ordered(orderLine(line, fields(text)));
    } catch (BrokenLineException broken) {
      return unreadable(line, BROKEN_LINE, broken.getMessage(), text);
    }
  }

  static String decode(byte[] bytes) throws CharacterCodingException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(); // reports, never replaces
  }

  static List<String> fields(String text) throws BrokenLineException {
    if (text.isEmpty()) {
      throw new BrokenLineException("the line is empty");
    }
    for (char control : new char[] {'\r', '\0'}) {
      if (text.indexOf(control) >= 0) {
        throw new BrokenLineException(
            "the line contains the control character U+%04X".formatted((int) control));
      }
    }
    try {
      return CsvReader.builder().allowUnclosedQuote(false).ofSingleCsvRecord(text).getFields();
    } catch (CsvParseException broken) {
      throw new BrokenLineException(String.valueOf(broken.getMessage()));
    }
  }

  private static OrderLine orderLine(RawLine line, List<String> fields) throws BrokenLineException {
    if (fields.size() != COLUMNS.size()) {
      throw new BrokenLineException(
          "the line has %d fields, not %d".formatted(fields.size(), COLUMNS.size()));
    }
    return new OrderLine(
        line.number(),
        line.fingerprint(),
        key("InvoiceNo", fields.get(0)),
        fields.get(1),
        fields.get(2),
        Long.parseLong(matching(INTEGER, "Quantity", "an integer", fields.get(3))),
        date(fields.get(4)).toString(),
        new BigDecimal(matching(DECIMAL, "UnitPrice", "a plain decimal", fields.get(5))),
        key("CustomerID", fields.get(6)),
        fields.get(7));
  }

  private static String key(String column, String field) throws BrokenLineException {
    if (field.length() > MAX_KEY_LENGTH) {
      throw new BrokenLineException(
          "%s has %d characters; the limit is %d"
              .formatted(column, field.length(), MAX_KEY_LENGTH));
    }
    return field;
  }

  private static String matching(Pattern form, String column, String what, String field)
      throws BrokenLineException {
    if (!form.matcher(field).matches()) {
      throw new BrokenLineException(
          "%s is \"%s\", not %s of at most 18 digits".formatted(column, field, what));
    }
    return field;
  }

  private static LocalDateTime date(String field) throws BrokenLineException {
    try {
      return LocalDateTime.parse(field);
    } catch (DateTimeParseException broken) {
      throw new BrokenLineException(
          "InvoiceDate is \"%s\", not a date such as 2010-12-01T08:26".formatted(field));
    }
  }

  private static Line unreadable(
      RawLine line, String reason, String problem, @Nullable String text) {
    return new Line.Unreadable(
        new UnreadableLine(
            line.number(),
            line.fingerprint(),
            reason,
            problem,
            text,
            text == null ? Base64.getEncoder().encodeToString(line.bytes()) : null));
  }

  /** Why a line is no order line. */
  static final class BrokenLineException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenLineException(String problem) {
      super(problem);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
