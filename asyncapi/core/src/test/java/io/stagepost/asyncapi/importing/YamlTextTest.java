package io.stagepost.asyncapi.importing;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import io.stagepost.asyncapi.tree.TreeReader.Language;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is written is what is read. */
class YamlTextTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static Node read(String text, Language language) throws MalformedException {
    TreeReader.Tree tree = TreeReader.read("a", text.getBytes(StandardCharsets.UTF_8), language);
    assertThat(tree.problems()).isEmpty();
    return tree.root();
  }

  @Test
  void texts_that_yaml_would_take_for_something_else_stay_texts() throws MalformedException {
    String json =
        """
        {"null": "null", "~": "~", "true": "true", "Yes": "no", "1": "1.0", "0x1F": "0o7", ".inf": ".nan",
         "<<": {"a": 1}, "": "", " lead": "trail ", "- a": "? b", "# c": "d #e", "k: v": "a: b:", "@": "`",
         "*a": "&b", "!c": "%d", "2026-01-01": "2026-01-01T00:00:00Z", "tab\\t": "a\\tb", "q'": "\\"'\\\\",
         "lines": "one\\ntwo\\n", "bare": "one\\ntwo", "gap": "one \\n\\n  two\\n\\n", "odd": "\\u0000\\u0085\\u2028\\ufeff", "é": "日本 🎈",
         "first": "\\n  indented", "[": ["]", "{", ",", "|", ">"], "long": "%s", "x": {"": []}, "y": {}, "z": [[], {}, [1]]}
        """
            .replace("%s", "word ".repeat(400));

    String yaml = YamlText.of(JSON.readTree(json), Map.of());

    assertThat(read(yaml, Language.YAML).sameAs(read(json, Language.JSON))).as(yaml).isTrue();
  }

  @Test
  void numbers_stay_exact() throws MalformedException {
    String json =
        "{\"a\": [0, -1, 149.90, 1E+400, 1e-7, 123456789012345678901234567890, 1.0, 100e2],"
            + " \"b\": [true, false, null]}";

    String yaml = YamlText.of(JSON.readTree(json), Map.of());

    assertThat(read(yaml, Language.YAML).sameAs(read(json, Language.JSON))).as(yaml).isTrue();
  }

  @Test
  void comments_stand_above_their_member() {
    JsonNode tree = JSON.readTree("{\"a\": {\"b/c\": 1, \"d\": [{\"e\": 2}]}, \"f\": 3}");

    assertThat(
            YamlText.of(
                tree,
                Map.of("/a", "Above a.\nTwo lines.", "/a/b~1c", "Inside.", "/a/d/0/e", "Deep.")))
        .isEqualTo(
            """
            # Above a.
            # Two lines.
            a:
              # Inside.
              b/c: 1
              d:
                - # Deep.
                  e: 2
            f: 3
            """);
  }
}
