package io.stagepost.asyncapi.diff;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The verdicts of payloads in JSON, held against data: what a publisher may write by one version is
 * validated with the other. Safe: all of it is read. Breaking: something is not.
 */
class DiffDataTest {
  private static final List<String> VALUES =
      List.of(
          "\"a\"", "\"b\"", "\"c\"", "1", "2", "3", "0", "15", "1.5", "null", "[]", "[\"x\"]",
          "[1]");

  @TempDir private Path folder;

  static Stream<Cases.Case> cases() {
    return Cases.read().all().stream()
        .filter(each -> each.text("group").equals("Payloads in JSON"))
        .filter(each -> each.node().get("payload") != null && !each.isOnLog())
        .filter(each -> !each.text("name").contains("extensible"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agrees_with_data(Cases.Case change) throws MalformedException {
    Payload older = payload(change.contract(0, "send", folder));
    Payload newer = payload(change.contract(1, "send", folder));
    Set<String> oldFields = Shape.of(older.text(), false).keySet();
    Set<String> newFields = Shape.of(newer.text(), false).keySet();
    String[] verdicts = change.text("send").split("[/ ]", -1);

    agrees(verdicts[0], written(older, oldFields), newer);
    agrees(verdicts[1], written(newer, newFields), older);
  }

  private static Payload payload(Contract contract) {
    return requireNonNull(
        requireNonNull(requireNonNull(contract.channels().get("orders")).messages().get("placed"))
            .payload());
  }

  private static void agrees(String verdict, List<Node> written, Payload reader) {
    assertThat(written).isNotEmpty();
    long refused = written.stream().filter(each -> !reader.check(each, "data").isEmpty()).count();
    switch (verdict) {
      case "safe" -> assertThat(refused).isZero();
      case "breaking" -> assertThat(refused).isPositive();
      default -> assertThat(verdict).isEqualTo("unknown");
    }
  }

  /** What a writer writes who writes only what the schema names. */
  private static List<Node> written(Payload writer, Set<String> fields) throws MalformedException {
    List<String> objects = new ArrayList<>(List.of(""));
    for (String field : new TreeSet<>(fields)) {
      if (field.lastIndexOf('/') > 0) {
        continue;
      }
      for (String object : List.copyOf(objects)) {
        for (String value : VALUES) {
          objects.add(
              object + (object.isEmpty() ? "" : ",") + "\"" + field.substring(1) + "\":" + value);
        }
      }
    }
    List<Node> valid = new ArrayList<>();
    for (String object : objects) {
      Node node =
          TreeReader.read(
                  "data.json",
                  ("{" + object + "}").getBytes(StandardCharsets.UTF_8),
                  TreeReader.Language.JSON)
              .root();
      if (writer.check(node, "data").isEmpty()) {
        valid.add(node);
      }
    }
    return valid;
  }
}
