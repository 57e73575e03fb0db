package io.stagepost.asyncapi.tree;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML 1.2 by its events. Scalars are resolved by the core schema; the merge key of YAML 1.1
 * is understood, since contracts use it.
 */
final class YamlTree {
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern OCTAL = Pattern.compile("0o[0-7]+");
  private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]+");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final String TAG = "tag:yaml.org,2002:";

  private final Growth growth;
  private final Map<Anchor, Optional<Node>> anchors = new HashMap<>();

  private Place last;

  YamlTree(Growth growth) {
    this.growth = growth;
    this.last = growth.place(1, 1);
  }

  Node read(String text) throws MalformedException {
    LoadSettings settings =
        LoadSettings.builder()
            .setUseMarks(true)
            .setCodePointLimit(TreeReader.BYTES + 1)
            .setParseComments(false)
            .build();
    try {
      Iterator<Event> events = new Parse(settings).parseString(text).iterator();
      events.next(); // the stream's start
      Event first = events.next();
      if (first.getEventId() == Event.ID.StreamEnd) {
        return Node.nothing(growth.place(1, 1), Pointer.ROOT);
      }
      Node root = value(events, events.next(), Pointer.ROOT);
      events.next(); // the document's end
      Event last = events.next();
      if (last.getEventId() != Event.ID.StreamEnd) {
        throw Growth.malformed(
            "syntax",
            place(last.getStartMark()),
            Pointer.ROOT,
            "a second document begins",
            "A file holds one document: remove what begins with this ---.");
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? e.getMessage() : e.getProblem();
      throw Growth.malformed(
          "syntax",
          place(e.getProblemMark()),
          Pointer.ROOT,
          "not YAML: " + (e.getContext() == null ? "" : e.getContext() + ": ") + problem,
          "Mend the syntax here or just before it: indentation, quotes, brackets.");
    } catch (ReaderException e) {
      throw Growth.malformed(
          "syntax",
          placeOf(text, e.getPosition()),
          Pointer.ROOT,
          "not YAML: the character "
              + String.format("U+%04X", e.getCodePoint())
              + " is not allowed",
          "Remove it, or write it escaped in double quotes.");
    } catch (IllegalArgumentException e) {
      // What the parser makes of an escape such as \U00110000 or \Ucafecafe in double quotes.
      throw Growth.malformed(
          "syntax",
          last,
          Pointer.ROOT,
          "not YAML: an escape after this names no character",
          "Mend the \\u or \\U in double quotes, or use single quotes.");
    } catch (YamlEngineException e) {
      throw Growth.malformed(
          "syntax",
          growth.place(1, 1),
          Pointer.ROOT,
          "not YAML: " + e.getMessage(),
          "Mend the syntax.");
    }
  }

  private Place place(Optional<Mark> mark) {
    return mark.map(m -> growth.place(m.getLine() + 1, m.getColumn() + 1))
        .orElseGet(() -> growth.place(1, 1));
  }

  private Place placeOf(String text, int codePoints) {
    int line = 1;
    int column = 1;
    int[] all = text.codePoints().limit(codePoints).toArray();
    for (int codePoint : all) {
      column = codePoint == '\n' ? 1 : column + 1;
      line += codePoint == '\n' ? 1 : 0;
    }
    return growth.place(line, column);
  }

  private Node value(Iterator<Event> events, Event event, Pointer pointer)
      throws MalformedException {
    Place place = place(event.getStartMark());
    last = place;
    if (event instanceof AliasEvent alias) {
      return growth.copy(anchored(alias, place, pointer), pointer);
    }
    growth.grow(place, pointer);
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    anchor.ifPresent(a -> anchors.put(a, Optional.empty()));
    Node node;
    if (event instanceof ScalarEvent scalar) {
      node = scalar(scalar, place, pointer);
    } else if (event instanceof SequenceStartEvent sequence) {
      tag(sequence.getTag().orElse(null), "seq", place, pointer);
      List<Node> items = new ArrayList<>();
      for (Event item = events.next();
          item.getEventId() != Event.ID.SequenceEnd;
          item = events.next()) {
        items.add(value(events, item, pointer.child(String.valueOf(items.size()))));
      }
      node = Node.array(place, pointer, items);
    } else {
      tag(((MappingStartEvent) event).getTag().orElse(null), "map", place, pointer);
      node = mapping(events, place, pointer);
    }
    anchor.ifPresent(a -> anchors.put(a, Optional.of(node)));
    return node;
  }

  private Node anchored(AliasEvent alias, Place place, Pointer pointer) throws MalformedException {
    Optional<Node> target = anchors.get(alias.getAlias());
    if (target == null) {
      throw Growth.malformed(
          "syntax",
          place,
          pointer,
          "the alias *" + alias.getAlias().getValue() + " has no anchor before it",
          "Add the anchor &" + alias.getAlias().getValue() + ", or quote the text.");
    }
    if (target.isEmpty()) {
      throw Growth.malformed(
          "syntax",
          place,
          pointer,
          "the alias *" + alias.getAlias().getValue() + " stands inside its own anchor",
          "Use $ref for what contains itself.");
    }
    return target.get();
  }

  private Node mapping(Iterator<Event> events, Place place, Pointer pointer)
      throws MalformedException {
    Map<String, Node> members = new LinkedHashMap<>();
    Map<String, Place> keys = new LinkedHashMap<>();
    List<Node> merged = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      Place at = place(event.getStartMark());
      String key;
      boolean plain = false;
      if (event instanceof ScalarEvent scalar) {
        key = scalar.getValue();
        plain = scalar.isPlain();
        Node keyNode = Node.string(at, pointer, key);
        scalar.getAnchor().ifPresent(a -> anchors.put(a, Optional.of(keyNode)));
      } else if (event instanceof AliasEvent alias && isText(alias)) {
        key = requireNonNull(anchored(alias, at, pointer).text());
      } else {
        throw Growth.malformed(
            "json-value",
            at,
            pointer,
            "a key that is not a string",
            "Keys are strings: write a scalar before the colon.");
      }
      Node value = value(events, events.next(), pointer.child(key));
      if (plain && key.equals("<<") && merge(value, merged)) {
        continue;
      }
      growth.put(members, keys, key, at, value);
    }
    for (Node from : merged) {
      for (Map.Entry<String, Node> member : from.members().entrySet()) {
        String key = member.getKey();
        if (!members.containsKey(key)) {
          members.put(key, growth.copy(member.getValue(), pointer.child(key)));
          keys.put(key, from.keyPlace(key));
        }
      }
    }
    return Node.object(place, pointer, members, keys);
  }

  private boolean isText(AliasEvent alias) {
    Optional<Node> target = anchors.get(alias.getAlias());
    return target != null && target.isPresent() && target.get().text() != null;
  }

  private static boolean merge(Node value, List<Node> merged) {
    if (value.isObject()) {
      return merged.add(value);
    }
    if (value.isArray() && value.items().stream().allMatch(Node::isObject)) {
      merged.addAll(value.items());
      return true;
    }
    return false;
  }

  private Node scalar(ScalarEvent event, Place place, Pointer pointer) throws MalformedException {
    String text = event.getValue();
    String tag = event.getTag().orElse(null);
    if (tag != null && tag.startsWith(TAG)) {
      switch (tag.substring(TAG.length())) {
        case "str", "binary", "timestamp" -> {
          return Node.string(place, pointer, text);
        }
        case "null" -> {
          return Node.nothing(place, pointer);
        }
        case "int", "float", "bool" -> {
          return resolved(text, place, pointer);
        }
        default -> {}
      }
    }
    tag(tag, "str", place, pointer);
    return event.isPlain() && tag == null
        ? resolved(text, place, pointer)
        : Node.string(place, pointer, text);
  }

  private void tag(@Nullable String tag, String expected, Place place, Pointer pointer)
      throws MalformedException {
    if (tag != null && !tag.equals(TAG + expected) && !tag.equals("!")) {
      growth.problem(
          "json-value",
          place,
          pointer,
          "the tag " + Growth.shortened(tag) + " says something that JSON cannot",
          "Remove the tag.");
    }
  }

  /** What a plain scalar means by the core schema of YAML 1.2. */
  private Node resolved(String text, Place place, Pointer pointer) throws MalformedException {
    switch (text) {
      case "", "~", "null", "Null", "NULL" -> {
        return Node.nothing(place, pointer);
      }
      case "true", "True", "TRUE" -> {
        return Node.bool(place, pointer, true);
      }
      case "false", "False", "FALSE" -> {
        return Node.bool(place, pointer, false);
      }
      default -> {}
    }
    char first = text.charAt(0);
    if (first != '.' && first != '-' && first != '+' && (first < '0' || first > '9')) {
      return Node.string(place, pointer, text);
    }
    if (INTEGER.matcher(text).matches() || DECIMAL.matcher(text).matches()) {
      return growth.number(text, place, pointer);
    }
    if (text.length() < 1_000 && OCTAL.matcher(text).matches()) {
      return growth.number(new BigInteger(text.substring(2), 8).toString(), place, pointer);
    }
    if (text.length() < 1_000 && HEX.matcher(text).matches()) {
      return growth.number(new BigInteger(text.substring(2), 16).toString(), place, pointer);
    }
    if (NOT_FINITE.matcher(text).matches()) {
      growth.problem(
          "json-value",
          place,
          pointer,
          text + " is a number that JSON cannot say",
          "Quote it, or write a finite number.");
    }
    return Node.string(place, pointer, text);
  }
}
