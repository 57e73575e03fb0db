package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.UnreadableLine;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrderLineFileTest {
  private static final String HEADER = String.join(",", LineParser.COLUMNS);
  private static final String GOOD =
      "536365,85123A,\"Tin, \"\"large\"\"\",6,2010-12-01T08:26,2.550,17850,United Kingdom";

  @TempDir Path directory;

  @Test
  void a_line_is_read_exactly() throws Exception {
    Line line = only(HEADER + "\n" + GOOD + "\n");
    assertThat(line)
        .isEqualTo(
            new Line.Ordered(
                new OrderLine(
                    2,
                    line.fingerprint(),
                    "536365",
                    "85123A",
                    "Tin, \"large\"",
                    6,
                    "2010-12-01T08:26",
                    new BigDecimal("2.550"),
                    "17850",
                    "United Kingdom")));
    assertThat(Line.amount(((Line.Ordered) line).order())).isEqualByComparingTo("15.3");
  }

  @Test
  void line_ends_and_a_byte_order_mark_are_no_part_of_a_line() throws Exception {
    Line plain = only(HEADER + "\n" + GOOD);
    assertThat(only("\uFEFF" + HEADER + "\r\n" + GOOD + "\r\n")).isEqualTo(plain);
    assertThat(only(HEADER + "\n" + GOOD + "\r")).isEqualTo(plain);
  }

  @Test
  void only_exact_copies_have_equal_fingerprints() throws Exception {
    List<Line> lines =
        read((HEADER + "\n" + GOOD + "\n" + GOOD + "\n" + GOOD + " \n").getBytes(UTF_8));
    assertThat(lines).extracting(Line::lineNo).containsExactly(2L, 3L, 4L);
    assertThat(lines.get(1).fingerprint()).isEqualTo(lines.get(0).fingerprint());
    assertThat(lines.get(2).fingerprint()).isNotEqualTo(lines.get(0).fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "``                                                     | the line is empty",
        "1,2,3                                                  | the line has 3 fields, not 8",
        "1,2,d,1,2010-12-01T08:26,1,4,X,9                       | the line has 9 fields, not 8",
        "1,2,\"d,1,2010-12-01T08:26,1,4,X                       | Unclosed quoted field",
        "1,2,\"d\"d,1,2010-12-01T08:26,1,4,X                    | Unexpected character after",
        "1,2,d,1.5,2010-12-01T08:26,1,4,X                       | Quantity is \"1.5\", not an integer",
        "1,2,d,,2010-12-01T08:26,1,4,X                          | Quantity is \"\", not an integer",
        "1,2,d,1234567890123456789,2010-12-01T08:26,1,4,X       | at most 18 digits",
        "1,2,d,1,2010-12-01T08:26,1e3,4,X                       | UnitPrice is \"1e3\", not a plain",
        "1,2,d,1,2010-12-01T08:26,\"1,50\",4,X                  | UnitPrice is \"1,50\", not a plain",
        "1,2,d,1,2010-12-01T08:26,,4,X                          | UnitPrice is \"\", not a plain",
        "1,2,d,1,2010-13-01T08:26,1,4,X                         | InvoiceDate is \"2010-13-01T08:26\"",
        "1,2,d,1,01/12/2010,1,4,X                               | InvoiceDate is \"01/12/2010\"",
      })
  void a_broken_line_is_told_in_its_place(String broken, String problem) throws Exception {
    List<Line> lines = read((HEADER + "\n" + broken + "\n" + GOOD + "\n").getBytes(UTF_8));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).isInstanceOf(Line.Ordered.class);
    UnreadableLine unreadable = ((Line.Unreadable) lines.get(0)).account();
    assertThat(unreadable.lineNo()).isEqualTo(2);
    assertThat(unreadable.reason()).isEqualTo("broken-line");
    assertThat(unreadable.problem()).contains(problem);
    assertThat(unreadable.text()).isEqualTo(broken);
    assertThat(unreadable.base64()).isNull();
  }

  @ParameterizedTest
  @ValueSource(chars = {'\0', '\r'})
  void a_line_with_a_control_character_that_would_do_harm_is_broken(char control) throws Exception {
    assertThat(only(HEADER + "\n" + GOOD.replace("large", "lar" + control + "ge")))
        .isInstanceOfSatisfying(
            Line.Unreadable.class,
            line -> assertThat(line.account().problem()).contains("control character U+00"));
  }

  @Test
  void a_key_that_is_too_long_makes_a_line_broken() throws Exception {
    assertThat(only(HEADER + "\n" + GOOD.replace("17850", "7".repeat(201))))
        .isInstanceOfSatisfying(
            Line.Unreadable.class,
            line ->
                assertThat(line.account().problem())
                    .isEqualTo("CustomerID has 201 characters; the limit is 200"));
  }

  @Test
  void a_line_in_another_encoding_is_kept_byte_for_byte() throws Exception {
    byte[] latin1 = GOOD.replace("large", "gr\u00F6\u00DFer").getBytes(ISO_8859_1);
    List<Line> lines = read(joined((HEADER + "\n").getBytes(UTF_8), latin1));
    UnreadableLine line = ((Line.Unreadable) lines.get(0)).account();
    assertThat(line.reason()).isEqualTo("bad-encoding");
    assertThat(line.text()).isNull();
    assertThat(Base64.getDecoder().decode(String.valueOf(line.base64()))).isEqualTo(latin1);
  }

  @Test
  void of_a_line_that_is_too_long_the_beginning_is_kept() throws Exception {
    String rest = "x".repeat(RawLines.MAX_BYTES);
    UnreadableLine line = ((Line.Unreadable) only(HEADER + "\n" + GOOD + rest + "\n")).account();
    assertThat(line.problem()).endsWith("the limit is 65536");
    assertThat(Base64.getDecoder().decode(String.valueOf(line.base64())))
        .hasSize(RawLines.MAX_BYTES);
    Line other = only(HEADER + "\n" + GOOD + rest + "y\n");
    assertThat(other.fingerprint()).isNotEqualTo(line.fingerprint());
  }

  @Test
  void a_file_of_nothing_but_a_header_has_no_lines() throws Exception {
    assertThat(read((HEADER + "\n").getBytes(UTF_8))).isEmpty();
  }

  @Test
  void what_is_wrong_with_the_whole_file_is_told_at_once() throws IOException {
    assertUnusable(directory.resolve("missing.csv"), "no such file");
    assertUnusable(directory, "not a regular file");
    assertUnusable(file(new byte[0]), "the file is empty; line 1 should be \"InvoiceNo,");
    assertUnusable(file("a,b\n".getBytes(UTF_8)), "line 1: the header is \"a,b\"; it should be");
    assertUnusable(file((GOOD + "\n").getBytes(UTF_8)), "line 1: the header is \"536365,");
    assertUnusable(file("\n".getBytes(UTF_8)), "line 1: the line is empty; the header should be");
    assertUnusable(file("\"a\n".getBytes(UTF_8)), "line 1: Unclosed quoted field");
    assertUnusable(file(HEADER.getBytes(UTF_16LE)), "line 1: the file looks like UTF-16");
    assertUnusable(
        file(("\uFEFF" + HEADER).getBytes(UTF_16LE)), "line 1: the file looks like UTF-16");
    assertUnusable(
        file((HEADER + "\u00E9").getBytes(ISO_8859_1)), "line 1: the header is not valid UTF-8");
  }

  private static void assertUnusable(Path file, String problem) {
    assertThatThrownBy(() -> OrderLineFile.count(file))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(problem);
  }

  private Line only(String content) throws Exception {
    List<Line> lines = read(content.getBytes(UTF_8));
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  private List<Line> read(byte[] content) throws Exception {
    List<Line> lines = new ArrayList<>();
    Path path = file(content);
    try (OrderLineFile file = OrderLineFile.open(path)) {
      for (Line line = file.next(); line != null; line = file.next()) {
        lines.add(line);
      }
    }
    assertThat(OrderLineFile.count(path)).isEqualTo(lines.size());
    return lines;
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(directory.resolve("lines.csv"), content);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
