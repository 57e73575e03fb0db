package io.stagepost.schema.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import java.util.List;
import org.apache.avro.SchemaCompatibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pairs that Avro's own tests of schema compatibility are made of, with their verdicts. */
class AvroCasesTest {
  private static final String INT_LIST =
      "{'type':'record','name':'List','fields':[{'name':'head','type':'int'},"
          + "{'name':'tail','type':'List'}]}";

  @ParameterizedTest(name = "{0} reads {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "boolean | boolean",
        "long | int",
        "float | int",
        "float | long",
        "double | long",
        "double | int",
        "double | float",
        "string | bytes",
        "bytes | string",
        "[int] | [int]",
        "array int | array int",
        "array long | array int",
        "map long | map int",
        "enum E A B | enum E A B",
        "enum E A B C | enum E A B",
        "[] | []",
        "[float] | []",
        "[int string] | [string int]",
        "[int] | []",
        "[long] | [int]",
        "[double] | [int]",
        "[double] | [long]",
        "[double] | [float]",
        "[double] | [int float]",
        "[string] | [bytes]",
        "[bytes] | [string]",
        "float | [int float]",
        "long | [int long]",
        "double | [int float]",
        "double | [int long float double]",
        "float | [float]",
        "[int] | int",
        "int | [int]",
        "fixed F 4 | fixed F 4",
        "record R | record R",
        "record R | record R a:int",
        "record R a:int | record R a:int",
        "record R a:int=0 | record R a:int",
        "record R a:int=0 | record R a:int=0",
        "record R a:int | record R a:int=0",
        "record R a:long | record R a:int",
        "record R a:int | record R a:int b:int",
        "record R a:int=0 | record R a:int b:int",
        "record R a:int b:int=0 | record R a:int",
        "record R a:int=0 b:int=0 | record R",
        "record R a:int=0 b:int=0 | record R a:int",
        "record R a:int b:int | record R a:int=0 b:int=0",
        "list int | list int",
        "list long | list int",
        "null | null",
        "record R a:int | record ns.R a:int",
      })
  void is_read(String reader, String writer) {
    assertThat(found(reader, writer)).isEmpty();
    assertThat(avro(reader, writer)).isTrue();
  }

  @ParameterizedTest(name = "{0} cannot read {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "null | int | avro.type-changed | ''",
        "null | long | avro.type-changed | ''",
        "boolean | int | avro.type-changed | ''",
        "int | null | avro.type-changed | ''",
        "int | boolean | avro.type-changed | ''",
        "int | long | avro.type-changed | ''",
        "int | float | avro.type-changed | ''",
        "int | double | avro.type-changed | ''",
        "long | float | avro.type-changed | ''",
        "long | double | avro.type-changed | ''",
        "float | double | avro.type-changed | ''",
        "double | string | avro.type-changed | ''",
        "fixed F 4 | string | avro.type-changed | ''",
        "string | boolean | avro.type-changed | ''",
        "string | int | avro.type-changed | ''",
        "bytes | null | avro.type-changed | ''",
        "bytes | int | avro.type-changed | ''",
        "record R a:int | int | avro.type-changed | ''",
        "array int | array long | avro.type-changed | /items",
        "map int | array int | avro.type-changed | ''",
        "array int | map int | avro.type-changed | ''",
        "map int | map long | avro.type-changed | /values",
        "int | enum E A B | avro.type-changed | ''",
        "enum E A B | int | avro.type-changed | ''",
        "float | [int long float double] | avro.type-changed | ''",
        "long | [int float] | avro.type-changed | ''",
        "int | [int float] | avro.type-changed | ''",
        "list int | list long | avro.type-changed | /fields/0/type",
        "enum E A B | enum E A B C | avro.enum-symbol-missing | /symbols",
        "enum E B C | enum E A B C | avro.enum-symbol-missing | /symbols",
        "fixed F 4 | fixed F 8 | avro.fixed-size-changed | /size",
        "fixed F 8 | fixed F 4 | avro.fixed-size-changed | /size",
        "record R a:int b:int | record R a:int | avro.field-without-default-added | /fields/1",
        "record R a:int | record R | avro.field-without-default-added | /fields/0",
        "record R a:int | record R b:int=0 | avro.field-without-default-added | /fields/0",
        "record R | record S | avro.name-changed | /name",
        "enum E A B | enum G A B | avro.name-changed | /name",
        "[int string] | [int string long] | avro.union-branch-missing | ''",
        "[int] | [int string] | avro.union-branch-missing | ''",
        "[string] | [int] | avro.union-branch-missing | ''",
        "[float] | [double] | avro.union-branch-missing | ''",
        "[null array:int] | [null map:int] | avro.union-branch-missing | ''",
      })
  void is_not_read(String reader, String writer, String rule, String path) {
    assertThat(found(reader, writer))
        .extracting(Incompatibility::rule, Incompatibility::path)
        .containsExactly(tuple(rule, path.equals("''") ? "" : path));
    assertThat(avro(reader, writer)).isFalse();
  }

  @Test
  void an_enum_with_a_default_reads_symbols_that_it_lacks() {
    String defaulted = "{'type':'enum','name':'E','symbols':['A','B'],'default':'A'}";
    assertThat(
            Compatibility.BACKWARD.check(schema(defaulted), List.of(schema(text("enum E A B C")))))
        .isEmpty();
  }

  /** Avro's checker takes the enum's default for the field's; the decoder does not. */
  @Test
  void the_default_of_an_enum_is_none_of_its_field() {
    String reader =
        "{'type':'record','name':'R','fields':[{'name':'e','type':"
            + "{'type':'enum','name':'E','symbols':['A'],'default':'A'}}]}";
    assertThat(Compatibility.BACKWARD.check(schema(reader), List.of(schema(text("record R")))))
        .extracting(Incompatibility::rule)
        .containsExactly("avro.field-without-default-added");
  }

  @Test
  void every_missing_field_is_named_and_those_beside_it_are_compared() {
    assertThat(found("record R a:int b:int c:int", "record R c:string"))
        .extracting(Incompatibility::path)
        .containsExactly("/fields/0", "/fields/1", "/fields/2/type");
  }

  private static List<Incompatibility> found(String reader, String writer) {
    return Compatibility.BACKWARD.check(schema(text(reader)), List.of(schema(text(writer))));
  }

  private static boolean avro(String reader, String writer) {
    return SchemaCompatibility.checkReaderWriterCompatibility(
                new org.apache.avro.Schema.Parser().parse(schema(text(reader)).text()),
                new org.apache.avro.Schema.Parser().parse(schema(text(writer)).text()))
            .getType()
        == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE;
  }

  private static Schema schema(String text) {
    return Schema.of(Format.AVRO, text.replace('\'', '"'));
  }

  /** The schema of a short form. */
  private static String text(String shortForm) {
    if (shortForm.startsWith("[")) {
      String inner = shortForm.substring(1, shortForm.length() - 1);
      return inner.isEmpty()
          ? "[]"
          : "["
              + String.join(
                  ",",
                  List.of(inner.split(" ")).stream()
                      .map(branch -> text(branch.replace(':', ' ')))
                      .toList())
              + "]";
    }
    String[] words = shortForm.split(" ");
    return switch (words[0]) {
      case "array" -> "{'type':'array','items':'" + words[1] + "'}";
      case "map" -> "{'type':'map','values':'" + words[1] + "'}";
      case "list" -> INT_LIST.replace("'int'", "'" + words[1] + "'");
      case "fixed" -> "{'type':'fixed','name':'" + words[1] + "','size':" + words[2] + "}";
      case "enum" -> {
        List<String> symbols =
            List.of(words).subList(2, words.length).stream().map(one -> "'" + one + "'").toList();
        yield "{'type':'enum','name':'" + words[1] + "','symbols':" + symbols + "}";
      }
      case "record" -> {
        List<String> fields =
            List.of(words).subList(2, words.length).stream().map(AvroCasesTest::field).toList();
        yield "{'type':'record','name':'" + words[1] + "','fields':" + fields + "}";
      }
      default -> "'" + shortForm + "'";
    };
  }

  private static String field(String shortForm) {
    String[] parts = shortForm.split("[:=]", -1);
    return "{'name':'"
        + parts[0]
        + "','type':'"
        + parts[1]
        + "'"
        + (parts.length > 2 ? ",'default':" + parts[2] : "")
        + "}";
  }
}
