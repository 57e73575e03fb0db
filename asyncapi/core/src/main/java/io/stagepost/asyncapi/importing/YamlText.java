package io.stagepost.asyncapi.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.StreamDataWriter;
import org.snakeyaml.engine.v2.comments.CommentLine;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;

/** A tree as YAML 1.2, with comments. Numbers stay as they are. For one tree. */
final class YamlText {
  private static final DumpSettings SETTINGS =
      DumpSettings.builder()
          .setSchema(new CoreSchema())
          .setDumpComments(true)
          .setSplitLines(false)
          .setMaxSimpleKeyLength(1_000)
          .setIndicatorIndent(2)
          .setIndentWithIndicator(true)
          .build();

  private final Map<String, String> comments;

  private YamlText(Map<String, String> comments) {
    this.comments = comments;
  }

  /**
   * The text.
   *
   * @param root an object
   * @param comments by the JSON pointer of the member above which they stand; lines are kept
   */
  static String of(JsonNode root, Map<String, String> comments) {
    StringBuilder text = new StringBuilder();
    new Dump(SETTINGS)
        .dumpNode(
            new YamlText(comments).node(root, ""),
            new StreamDataWriter() {
              @Override
              public void write(String part) {
                text.append(part);
              }

              @Override
              public void write(String part, int from, int length) {
                text.append(part, from, from + length);
              }
            });
    return text.toString();
  }

  private Node node(JsonNode value, String pointer) {
    if (value.isObject()) {
      List<NodeTuple> members = new ArrayList<>();
      value
          .properties()
          .forEach(
              member -> {
                String at = pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1");
                members.add(new NodeTuple(key(member.getKey(), at), node(member.getValue(), at)));
              });
      return new MappingNode(Tag.MAP, members, style(members.isEmpty()));
    }
    if (value.isArray()) {
      List<Node> items = new ArrayList<>();
      for (JsonNode item : value) {
        items.add(node(item, pointer + "/" + items.size()));
      }
      boolean isShort = items.size() <= 20 && items.stream().allMatch(YamlText::isShort);
      return new SequenceNode(Tag.SEQ, items, style(isShort));
    }
    if (value.isString()) {
      return text(value.stringValue());
    }
    Tag tag =
        value.isNull()
            ? Tag.NULL
            : value.isBoolean() ? Tag.BOOL : value.isIntegralNumber() ? Tag.INT : Tag.FLOAT;
    return new ScalarNode(tag, value.toString(), ScalarStyle.PLAIN);
  }

  private static boolean isShort(Node item) {
    return item instanceof ScalarNode scalar && scalar.getValue().length() <= 20;
  }

  private static FlowStyle style(boolean isFlow) {
    return isFlow ? FlowStyle.FLOW : FlowStyle.BLOCK;
  }

  private static ScalarNode text(String text) {
    return new ScalarNode(
        Tag.STR, text, text.indexOf('\n') < 0 ? ScalarStyle.PLAIN : ScalarStyle.LITERAL);
  }

  private Node key(String name, String pointer) {
    // Plain, it would be YAML 1.1's merge key.
    Node key =
        name.equals("<<")
            ? new ScalarNode(Tag.STR, name, ScalarStyle.SINGLE_QUOTED)
            : new ScalarNode(Tag.STR, name, ScalarStyle.PLAIN);
    String comment = comments.get(pointer);
    if (comment != null) {
      key.setBlockComments(
          comment
              .lines()
              .map(
                  line ->
                      new CommentLine(
                          Optional.empty(), Optional.empty(), " " + line, CommentType.BLOCK))
              .toList());
    }
    return key;
  }
}
