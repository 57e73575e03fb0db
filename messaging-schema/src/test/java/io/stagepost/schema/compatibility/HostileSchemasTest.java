package io.stagepost.schema.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Schemas that are made to harm: an answer, or a clear error, in bounded time. */
@Timeout(30)
class HostileSchemasTest {
  @ParameterizedTest
  @EnumSource(Format.class)
  void a_text_that_is_too_long_is_refused(Format format) {
    assertThatThrownBy(() -> compare(format, " ".repeat(1_000_001), " "))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageStartingWith("SP-SCHEMA-402")
        .hasMessageContaining("1000001");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "AVRO | {\"type\":\"array\",\"items\":",
        "JSON | {\"items\":",
        "PROTOBUF | message M {",
        "PROTOBUF | message M { option (a) = {",
        "JSON | [",
      })
  void deep_nesting_is_refused(Format format, String level) {
    for (int depth : new int[] {1_000, 40_000}) {
      assertThatThrownBy(() -> compare(format, level.repeat(depth), "{}"))
          .isInstanceOf(SchemaRefusedException.class)
          .hasMessageStartingWith("SP-SCHEMA-40");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "AVRO | {\"type\":\"record\"}",
        "AVRO | nonsense",
        "AVRO | {\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"Missing\"}]}",
        "JSON | 5",
        "JSON | {",
        "JSON | {\"a\":1,\"a\":2}",
        "JSON | {\"$schema\":\"http://json-schema.org/draft-04/schema#\"}",
        "PROTOBUF | nonsense",
        "PROTOBUF | message M { int32 a = 1; int32 b = 1; }",
        "PROTOBUF | message M { Missing a = 1; }",
        "PROTOBUF | import \"missing.proto\";",
        "PROTOBUF | AAAA",
      })
  void what_is_no_schema_is_refused_with_its_reason(Format format, String text) {
    assertThatThrownBy(() -> compare(format, text, "{}"))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageStartingWith("SP-SCHEMA-401");
  }

  @Test
  void avro_types_that_are_used_twice_at_every_level_do_not_double_the_work() {
    assertThat(compare(Format.AVRO, doubling("int"), doubling("string"))).hasSize(2);
  }

  private static String doubling(String leaf) {
    String type = "\"" + leaf + "\"";
    for (int i = 0; i < 30; i++) {
      type =
          "{\"type\":\"record\",\"name\":\"R"
              + i
              + "\",\"fields\":[{\"name\":\"a\",\"type\":"
              + type
              + "},{\"name\":\"b\",\"type\":"
              + (i == 0 ? "\"" + leaf + "\"" : "\"R" + (i - 1) + "\"")
              + "}]}";
    }
    return type;
  }

  @Test
  void avro_records_chained_by_name_are_compared_or_refused() {
    for (int length : new int[] {400, 4_000}) {
      String chain = chain(length);
      assertAnswers(Format.AVRO, chain, chain.replace("\"Z\"", "\"Y\""));
      assertAnswers(
          Format.AVRO,
          chain,
          "{\"type\":\"record\",\"name\":\"Z\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}");
    }
  }

  /** Each record holds the one before it in the text, so that nothing looks deep. */
  private static String chain(int length) {
    return "{\"type\":\"record\",\"name\":\"Z\",\"fields\":["
        + repeated(
            length,
            i ->
                "{\"name\":\"f"
                    + i
                    + "\",\"type\":{\"type\":\"record\",\"name\":\"R"
                    + i
                    + "\",\"fields\":["
                    + (i == 0 ? "" : "{\"name\":\"a\",\"type\":\"R" + (i - 1) + "\"}")
                    + "]}}")
        + "]}";
  }

  @Test
  void avro_enums_and_unions_that_are_too_large_are_refused() {
    String symbols = repeated(10_001, i -> "\"S" + i + "\"");
    String large = "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[" + symbols + "]}";
    assertThatThrownBy(() -> compare(Format.AVRO, large, large.replace("\"S0\",", "")))
        .hasMessageStartingWith("SP-SCHEMA-402");
    String branches = repeated(101, i -> "{\"type\":\"fixed\",\"size\":1,\"name\":\"F" + i + "\"}");
    assertThatThrownBy(() -> compare(Format.AVRO, "[" + branches + "]", "\"int\""))
        .hasMessageStartingWith("SP-SCHEMA-402");
  }

  @Test
  void unions_of_the_most_branches_of_records_are_compared() {
    IntFunction<String> branch =
        i ->
            "{\"type\":\"record\",\"name\":\"R"
                + i
                + "\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":[\"null\",\"int\"]}]}";
    assertAnswers(
        Format.AVRO,
        "[" + repeated(100, branch) + "]",
        "[" + repeated(100, i -> branch.apply(i + 100)) + "]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"$ref\":\"#\"} | {\"type\":\"string\"}",
        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}} | {}",
        "{\"allOf\":[{\"$ref\":\"#\"}]} | {\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
        "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]} | {\"oneOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}",
        "{\"not\":{\"$ref\":\"#\"}} | {\"not\":{\"not\":{\"$ref\":\"#\"}}}",
        "{\"items\":{\"$ref\":\"#\"}} | {\"items\":{\"$ref\":\"#\"},\"minItems\":1}",
        "{\"propertyNames\":{\"$ref\":\"#\"}} | {\"propertyNames\":{\"$ref\":\"#\"},\"minLength\":1}",
        "{\"if\":{\"$ref\":\"#\"},\"then\":{\"$ref\":\"#\"},\"else\":{\"$ref\":\"#\"}} | {\"type\":[\"string\",\"null\"]}",
        "{\"multipleOf\":1e-999999999,\"minimum\":1e999999999} | {\"type\":\"integer\",\"minimum\":-1e999999999}",
        "{\"enum\":[1e999999999,1]} | {\"enum\":[1e999999999],\"maximum\":1e-999999999}",
        "{\"patternProperties\":{\"(a+)+$\":{\"type\":\"string\"}}} | {\"properties\":{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\":{}}}",
        "{\"type\":\"string\",\"pattern\":\"(a|aa)+$\"} | {\"enum\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"]}",
      })
  void json_schemas_that_loop_or_explode_get_an_answer(String one, String other) {
    assertAnswers(Format.JSON, one, other);
    assertAnswers(Format.JSON, other, one);
  }

  @Test
  void json_alternatives_of_alternatives_end() {
    String one = "{\"type\":\"string\"}";
    String other = "{\"type\":\"integer\"}";
    for (int i = 0; i < 40; i++) {
      one = "{\"anyOf\":[" + one + ",{\"maxLength\":" + i + "},{\"minimum\":" + i + "}]}";
      other =
          "{\"allOf\":[{\"oneOf\":["
              + other
              + ",{\"minLength\":"
              + i
              + "}]},{\"anyOf\":[{\"maximum\":"
              + i
              + "},{\"minimum\":5}]}]}";
    }
    assertAnswers(Format.JSON, one, other);
    assertAnswers(Format.JSON, other, one);
  }

  @Test
  void large_json_enums_are_compared() {
    String values = repeated(80_000, i -> "\"S" + i + "\"");
    assertThat(
            compare(
                Format.JSON, "{\"enum\":[" + values + "]}", "{\"enum\":[" + values + ",\"more\"]}"))
        .extracting(Incompatibility::rule)
        .containsExactly("json.enum-value-missing");
  }

  @Test
  void what_is_not_here_is_never_fetched() {
    assertThat(
            compare(
                Format.JSON,
                "{\"$ref\":\"http://127.0.0.1:1/other.json\"}",
                "{\"type\":\"string\"}"))
        .extracting(Incompatibility::rule, Incompatibility::severity)
        .containsExactly(tuple("json.unresolved-reference", Incompatibility.Severity.UNKNOWN));
    Schema referring =
        new Schema(Format.JSON, "{}", List.of(new Schema.Reference("other", "others", 1)));
    assertThatThrownBy(
            () -> Compatibility.FULL.check(referring, List.of(Schema.of(Format.JSON, "true"))))
        .isInstanceOf(SchemaNotFoundException.class)
        .hasMessageStartingWith("SP-SCHEMA-404");
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void references_that_lead_back_to_themselves_end(Format format) {
    Schema.Reference reference = new Schema.Reference("a.proto", "a", 1);
    String text =
        switch (format) {
          case AVRO -> "\"int\"";
          case JSON -> "{\"$ref\":\"a.proto\"}";
          case PROTOBUF -> "syntax = \"proto3\"; import \"a.proto\";";
        };
    Schema self = new Schema(format, text, List.of(reference));
    Schema other = new Schema(format, text + " ", List.of(reference));
    try {
      assertThat(Compatibility.FULL.check(other, List.of(self), any -> self)).isEmpty();
    } catch (SchemaRefusedException refused) {
      assertThat(refused).hasMessageStartingWith("SP-SCHEMA-401");
    }
  }

  @Test
  void protobuf_messages_that_hold_each_other_are_compared_once() {
    IntFunction<String> message =
        i ->
            "message M"
                + i
                + " { M"
                + (i + 1) % 2_000
                + " a = 1; M"
                + (i + 7) % 2_000
                + " b = 2; int32 c = 3; }";
    String file =
        "syntax = \"proto3\";"
            + IntStream.range(0, 2_000).mapToObj(message).collect(Collectors.joining());
    assertThat(compare(Format.PROTOBUF, file, file.replace("int32 c", "int32 d")))
        .hasSize(100)
        .extracting(Incompatibility::rule)
        .containsOnly("protobuf.field-renamed");
  }

  private static String repeated(int times, IntFunction<String> text) {
    return IntStream.range(0, times).mapToObj(text).collect(Collectors.joining(","));
  }

  private static void assertAnswers(Format format, String one, String other) {
    try {
      assertThat(compare(format, one, other)).isNotNull();
    } catch (SchemaRefusedException refused) {
      assertThat(refused).hasMessageStartingWith("SP-SCHEMA-40");
    }
  }

  private static List<Incompatibility> compare(Format format, String newer, String older) {
    return Compatibility.BACKWARD.check(
        Schema.of(format, newer), List.of(Schema.of(format, older)));
  }
}
