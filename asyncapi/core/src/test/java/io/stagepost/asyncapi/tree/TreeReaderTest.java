package io.stagepost.asyncapi.tree;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.stagepost.asyncapi.tree.TreeReader.Language;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Text becomes a tree in which everything knows its place. */
class TreeReaderTest {
  private static TreeReader.Tree tree(Language language, String text) throws MalformedException {
    return TreeReader.read("f", text.getBytes(StandardCharsets.UTF_8), language);
  }

  private static Node yaml(String text) throws MalformedException {
    TreeReader.Tree tree = tree(Language.YAML, text);
    assertThat(tree.problems()).isEmpty();
    return tree.root();
  }

  private static Node json(String text) throws MalformedException {
    TreeReader.Tree tree = tree(Language.JSON, text);
    assertThat(tree.problems()).isEmpty();
    return tree.root();
  }

  private static Node at(Node root, String pointer) {
    return requireNonNull(root.at(Pointer.parse(pointer)));
  }

  private static Problem problem(Language language, String text) {
    MalformedException e =
        catchThrowableOfType(MalformedException.class, () -> tree(language, text));
    return requireNonNull(e).problem();
  }

  @Test
  void every_value_and_key_of_yaml_knows_its_place_and_pointer() throws MalformedException {
    Node root =
        yaml(
            """
            channels:
              a/b~c:
                address: "x"
                list: [1, {k: v}]
            """);

    Node address = at(root, "/channels/a~1b~0c/address");
    assertThat(address.place()).isEqualTo(new Place("f", 3, 14));
    assertThat(address.pointer()).hasToString("/channels/a~1b~0c/address");
    assertThat(at(root, "/channels/a~1b~0c/list/1/k").place()).isEqualTo(new Place("f", 4, 19));
    assertThat(at(root, "/channels").keyPlace("a/b~c")).isEqualTo(new Place("f", 2, 3));
  }

  @Test
  void every_value_and_key_of_json_knows_its_place_and_pointer() throws MalformedException {
    Node root = json("{\n\t\"a\": {\n\t\t\"b\": [true,\n null]}}");

    assertThat(at(root, "/a/b").place()).isEqualTo(new Place("f", 3, 8));
    assertThat(at(root, "/a/b/1").place()).isEqualTo(new Place("f", 4, 2));
    assertThat(at(root, "/a").keyPlace("b")).isEqualTo(new Place("f", 3, 3));
  }

  @ParameterizedTest
  @EnumSource(names = {"YAML", "JSON"})
  void decimals_are_exact(Language language) throws MalformedException {
    Node root =
        tree(language, "{\"a\": 149.90, \"b\": 0.1, \"c\": 12345678901234567890.5, \"d\": -1e3}")
            .root();

    assertThat(at(root, "/a").number()).isEqualTo(new BigDecimal("149.90"));
    assertThat(at(root, "/b").number()).isEqualTo(new BigDecimal("0.1"));
    assertThat(at(root, "/c").number()).isEqualTo(new BigDecimal("12345678901234567890.5"));
    assertThat(at(root, "/d").number()).isEqualByComparingTo("-1000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1.4.0|STRING",
        "1.4|NUMBER",
        "012|NUMBER",
        "0x1F|NUMBER",
        "0o17|NUMBER",
        "1_000|STRING",
        "yes|STRING",
        "off|STRING",
        "True|BOOLEAN",
        "~|NULL",
        "null|NULL",
        "Null|NULL",
        "nUll|STRING",
        "2026-01-01|STRING",
        "12:30:45|STRING",
        "'12'|STRING",
        "\"true\"|STRING",
        "+.5|NUMBER",
        "-|STRING_OR_LIST",
        "1e5|NUMBER",
        "!!str 12|STRING",
        "!!int \"12\"|NUMBER",
      })
  void plain_scalars_mean_what_the_core_schema_says(String text, String kind)
      throws MalformedException {
    if (kind.equals("STRING_OR_LIST")) {
      assertThat(at(yaml("v:\n  " + text), "/v").kind()).isEqualTo(Node.Kind.ARRAY);
    } else {
      assertThat(at(yaml("v: " + text), "/v").kind()).hasToString(kind);
    }
  }

  @Test
  void aliases_are_copies_with_the_pointer_of_their_use() throws MalformedException {
    Node root =
        yaml(
            """
            base: &b
              x: {y: 1}
            use: *b
            """);

    Node used = at(root, "/use/x/y");
    assertThat(used.pointer()).hasToString("/use/x/y");
    assertThat(used.place()).isEqualTo(new Place("f", 2, 10));
    assertThat(used.sameAs(at(root, "/base/x/y"))).isTrue();
  }

  @Test
  void merge_keys_add_what_is_not_there() throws MalformedException {
    Node root =
        yaml(
            """
            a: &a {x: 1, y: 2}
            b: &b {y: 3, z: 4}
            one: {<<: *a, x: 9}
            two: {<<: [*a, *b]}
            text: {"<<": 5}
            """);

    assertThat(at(root, "/one/x").number()).isEqualByComparingTo("9");
    assertThat(at(root, "/one/y").pointer()).hasToString("/one/y");
    assertThat(at(root, "/two/y").number()).isEqualByComparingTo("2");
    assertThat(at(root, "/two").members()).containsOnlyKeys("x", "y", "z");
    assertThat(at(root, "/text").members()).containsOnlyKeys("<<");
  }

  @ParameterizedTest
  @EnumSource(names = {"YAML", "JSON"})
  void duplicate_keys_are_told_all_at_once(Language language) throws MalformedException {
    List<Problem> problems =
        tree(language, "{\"a\": 1,\n \"a\": 2, \"b\": {\"c\": 1,\n \"c\": 1}}").problems();

    assertThat(problems).extracting(Problem::rule).containsOnly("duplicate-key");
    assertThat(problems)
        .extracting(p -> p.place() + " " + p.pointer())
        .containsExactly("f:2:2 /a", "f:3:2 /b/c");
  }

  @Test
  void json_escapes_tabs_and_long_keys_are_read() throws MalformedException {
    String key = "k".repeat(5_000);
    Node root =
        json("{\t\"s\":\t\"\\ud83d\\ude00\\/\\u0041\\n\\\"\", \"" + key + "\" : 1,\r\n\"\": []}\n");

    assertThat(at(root, "/s").text()).isEqualTo("😀/A\n\"");
    assertThat(root.get(key)).isNotNull();
    assertThat(at(root, "/").place()).isEqualTo(new Place("f", 2, 5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\": 1,}|1:9",
        "{\"a\": 01}|1:8",
        "{'a': 1}|1:2",
        "{\"a\": NaN}|1:",
        "{\"a\": 1} {}|1:10",
        "{\"a\": 1|1:",
        "[1, // no|1:",
        "{\"a\": tru}|1:",
      })
  void what_is_no_json_is_told_with_its_place(String text, String place) {
    Problem problem = problem(Language.JSON, text);

    assertThat(problem.rule()).isEqualTo("syntax");
    assertThat(problem.place().toString()).startsWith("f:" + place);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: [1, 2|syntax",
        "a: 'x|syntax",
        "a: b: c|syntax",
        "a:\\n\\tb: 1|syntax",
        "a: *nobody|syntax",
        "a: &x [*x]|syntax",
        "? [1]\\n: 2|json-value",
        "{}\\n---\\n{}|syntax",
        "a: \"\\Ucafecafe\"|syntax",
        "a: \"\\U00110000\"|syntax",
        "a: \"\\xzz\"|syntax",
        "a: x\\1|syntax",
      })
  void what_is_no_yaml_is_told_by_rule(String text, String rule) {
    assertThat(
            problem(
                    Language.YAML,
                    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\1", "\1"))
                .rule())
        .isEqualTo(rule);
  }

  @Test
  void what_json_cannot_say_is_a_problem() throws MalformedException {
    List<Problem> problems = tree(Language.YAML, "a: .inf\nb: !Custom x\nc: !!set {}").problems();

    assertThat(problems).extracting(Problem::rule).containsOnly("json-value").hasSize(3);
  }

  @Test
  void bytes_that_are_no_utf_8_are_told_with_their_place() {
    MalformedException e =
        catchThrowableOfType(
            MalformedException.class,
            () -> TreeReader.read("f", new byte[] {'a', '\n', 'b', (byte) 0xff}, Language.YAML));

    assertThat(requireNonNull(e).problem().rule()).isEqualTo("encoding");
    assertThat(e.problem().place()).isEqualTo(new Place("f", 2, 2));
  }

  @Test
  void a_byte_order_mark_and_an_empty_file_are_no_trouble() throws MalformedException {
    assertThat(at(yaml("\uFEFFa: 1"), "/a").number()).isEqualByComparingTo("1");
    assertThat(yaml("").kind()).isEqualTo(Node.Kind.NULL);
    assertThat(yaml("# nothing\n").kind()).isEqualTo(Node.Kind.NULL);
    assertThat(json(" ").kind()).isEqualTo(Node.Kind.NULL);
  }

  @Test
  void percent_escapes_in_fragments_are_resolved() {
    assertThat(Pointer.parseFragment("/channels/a%20b%7Bc%7D/%zz~1"))
        .containsExactly("channels", "a b{c}", "%zz/");
  }
}
