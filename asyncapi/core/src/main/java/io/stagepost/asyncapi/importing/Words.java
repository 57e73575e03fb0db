package io.stagepost.asyncapi.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Names for what has others: keys, and types of events. Stateless. */
final class Words {
  private static final Pattern BETWEEN =
      Pattern.compile(
          "[^\\p{L}\\p{N}]+|(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})");

  private static final Pattern TYPE = Pattern.compile("[\\w-]+(\\.[\\w-]+)+\\.v\\d+");
  private static final Pattern VERSION = Pattern.compile("[vV]\\d+");

  private Words() {}

  private static List<String> in(String name) {
    return BETWEEN.splitAsStream(name).filter(word -> !word.isEmpty()).toList();
  }

  /** {@code shopOrdersV1} for {@code shop.orders.v1}. */
  static String key(String name) {
    String type = type(name);
    return type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
  }

  /** {@code OrderPlaced} for {@code com.example.OrderPlaced} and for {@code order placed}. */
  static String simple(String name) {
    String[] parts = name.split("[./]", -1);
    String last = parts[parts.length - 1];
    return type(
        name.contains(" ") || last.isEmpty() || VERSION.matcher(last).matches() ? name : last);
  }

  /** {@code ShopOrdersV1} for {@code shop.orders.v1}. */
  static String type(String name) {
    String type =
        in(name).stream()
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining());
    String ascii = type.replaceAll("[^A-Za-z0-9]", "_");
    return ascii.isEmpty() ? "Unnamed" : ascii;
  }

  /** The name, with a number behind if it is taken already; takes it. */
  static String unique(String name, Set<String> taken) {
    String unique = name;
    for (int i = 2; !taken.add(unique); i++) {
      unique = name + i;
    }
    return unique;
  }

  /**
   * A type of events that may be meant: {@code com.example.order.placed.v1} for the record {@code
   * com.example.OrderPlaced}, {@code shop.orders.v2} for what has no name in {@code
   * shop.orders.v2}.
   *
   * @param name the schema's; null if it has none
   * @param topic null if there is none
   */
  static String eventType(@Nullable String name, @Nullable String topic) {
    if (name != null && TYPE.matcher(name).matches()) {
      return name;
    }
    List<String> parts = new ArrayList<>();
    boolean isFull = name != null && name.indexOf('.') > 0 && name.indexOf(' ') < 0;
    if (!isFull && topic != null) {
      parts.addAll(in(topic));
    }
    if (name != null && isFull) {
      int dot = name.lastIndexOf('.');
      parts.addAll(List.of(name.substring(0, dot).split("\\.", -1)));
      parts.addAll(in(name.substring(dot + 1)));
    } else if (name != null) {
      parts.addAll(in(name));
    }
    String version =
        parts.stream()
            .filter(part -> VERSION.matcher(part).matches())
            .reduce("v1", (earlier, later) -> later);
    return parts.stream()
        .filter(part -> !VERSION.matcher(part).matches())
        .map(part -> part.toLowerCase(Locale.ROOT) + ".")
        .collect(Collectors.joining("", "", version.toLowerCase(Locale.ROOT)));
  }
}
