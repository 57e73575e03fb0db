package io.stagepost.asyncapi.generate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/** Names in Java for names in contracts. */
final class Names {
  /** What a record may not call a component, and what would hide a method of every object. */
  private static final Set<String> METHODS =
      Set.of(
          "clone", "finalize", "getClass", "hashCode", "notify", "notifyAll", "toString", "wait");

  /** Classes that records and forms name; one of that name beside or inside them would hide it. */
  private static final Set<String> CLASSES =
      Set.of(
          "ArrayList",
          "BigDecimal",
          "BigInteger",
          "Boolean",
          "ByteBuffer",
          "Class",
          "Collections",
          "DateTimeFormatter",
          "Deprecated",
          "Double",
          "Duration",
          "Entry",
          "Enum",
          "Exception",
          "Float",
          "HashSet",
          "IllegalArgumentException",
          "Instant",
          "Integer",
          "Iterable",
          "JsonForm",
          "JsonGenerator",
          "JsonInput",
          "JsonNode",
          "List",
          "LocalDate",
          "LocalDateTime",
          "LocalTime",
          "Long",
          "Map",
          "Math",
          "Nullable",
          "Number",
          "Object",
          "Objects",
          "OffsetDateTime",
          "OffsetTime",
          "Override",
          "Record",
          "Set",
          "String",
          "SuppressWarnings",
          "TextPattern",
          "TreeMap",
          "URI",
          "UUID",
          "Void");

  private static final Pattern FULL =
      Pattern.compile("(?:[a-z][a-z0-9_]*+\\.){2,}+([A-Z][A-Za-z0-9_.$]*+)");

  private Names() {}

  /**
   * {@code OrderLine} for {@code com.example.shop.OrderLine}: generators of AsyncAPI call schemas
   * by the full names of classes. Whatever else stays as it is.
   */
  static String simple(String name) {
    Matcher full = FULL.matcher(name);
    return full.matches() ? full.group(1) : name;
  }

  /** {@code OrderLine} for {@code order-line}, {@code order_line}, {@code orderLine}; no shouts. */
  static String type(String name) {
    StringBuilder out = new StringBuilder();
    for (String word : words(name)) {
      out.append(capitalised(word));
    }
    String type = started(out.toString());
    return CLASSES.contains(type) ? type + "Value" : type;
  }

  /** {@code orderLine} for {@code order-line}, {@code OrderLine}. */
  static String member(String name) {
    StringBuilder out = new StringBuilder();
    for (String word : words(name)) {
      out.append(
          out.length() == 0
              ? word.equals(word.toUpperCase(Locale.ROOT))
                  ? word.toLowerCase(Locale.ROOT)
                  : word.substring(0, 1).toLowerCase(Locale.ROOT) + word.substring(1)
              : capitalised(word));
    }
    String member = started(out.toString());
    return SourceVersion.isKeyword(member, SourceVersion.RELEASE_17) || METHODS.contains(member)
        ? member + "_"
        : member;
  }

  /** Whether a record's component may be called so. */
  static boolean isComponent(String name) {
    return SourceVersion.isIdentifier(name) && !METHODS.contains(name);
  }

  /** {@code ORDER_LINE} for {@code order-line}, {@code orderLine}. */
  static String constant(String name) {
    return started(String.join("_", words(name)).toUpperCase(Locale.ROOT));
  }

  /** {@code order-line} for {@code Order Line}. */
  static String kebab(String name) {
    String kebab = String.join("-", words(name)).toLowerCase(Locale.ROOT);
    return kebab.isEmpty() ? "empty" : kebab;
  }

  private static String started(String name) {
    String some = name.isEmpty() ? "empty" : name;
    return Character.isJavaIdentifierStart(some.codePointAt(0)) ? some : "_" + some;
  }

  private static String capitalised(String word) {
    int first = word.offsetByCodePoints(0, 1);
    String rest = word.substring(first);
    boolean shouted = rest.codePoints().noneMatch(Character::isLowerCase);
    return word.substring(0, first).toUpperCase(Locale.ROOT)
        + (shouted ? rest.toLowerCase(Locale.ROOT) : rest);
  }

  /** Its letters and digits, parted where others stand between, and where capitals begin. */
  private static List<String> words(String name) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int[] points = name.codePoints().toArray();
    for (int i = 0; i < points.length; i++) {
      int point = points[i];
      boolean part = Character.isLetterOrDigit(point);
      boolean begins =
          part
              && i > 0
              && Character.isUpperCase(point)
              && (!Character.isUpperCase(points[i - 1])
                  || (i + 1 < points.length && Character.isLowerCase(points[i + 1])));
      if ((!part || begins) && word.length() > 0) {
        words.add(word.toString());
        word.setLength(0);
      }
      if (part) {
        word.appendCodePoint(point);
      }
    }
    if (word.length() > 0) {
      words.add(word.toString());
    }
    return words;
  }

  /** Names that are given out once each. */
  static final class Taken {
    private final Set<String> taken = new HashSet<>();

    /** The name; with a number behind it, if it was given out before, in whatever case. */
    String unique(String name) {
      return unique(name, "");
    }

    /** As {@link #unique(String)}, and nobody has it with that behind it either. */
    String unique(String name, String suffix) {
      String unique = name;
      for (int i = 2; !isFree(unique, suffix); i++) {
        unique = name + (Character.isDigit(name.charAt(name.length() - 1)) ? "_" : "") + i;
      }
      taken.add(unique.toLowerCase(Locale.ROOT));
      taken.add((unique + suffix).toLowerCase(Locale.ROOT));
      return unique;
    }

    boolean isFree(String name, String suffix) {
      return isFree(name) && isFree(name + suffix);
    }

    boolean isFree(String name) {
      return !taken.contains(name.toLowerCase(Locale.ROOT));
    }
  }
}
