package io.stagepost.asyncapi.catalogue;

import java.util.Set;

/**
 * A piece of HTML. Whatever is not of this class is text, and escaped: markup is made here alone.
 * Immutable.
 */
final class Html {
  static final Html NONE = new Html("");

  private static final Set<String> VOID = Set.of("br", "hr", "img", "input", "link", "meta");

  private final String markup;

  private Html(String markup) {
    this.markup = markup;
  }

  /** An attribute of the element among whose parts it stands. */
  record Attribute(String name, String value) {}

  static Attribute attr(String name, Object value) {
    return new Attribute(name, String.valueOf(value));
  }

  static Attribute href(String url) {
    return attr("href", url);
  }

  /**
   * An element.
   *
   * @param name the element's, perhaps with classes: {@code p.note}
   * @param parts attributes, other HTML, texts, and iterables of them
   */
  static Html tag(String name, Object... parts) {
    String[] names = name.split("\\.", -1);
    StringBuilder attributes = new StringBuilder();
    StringBuilder content = new StringBuilder();
    if (names.length > 1) {
      attributes
          .append(" class=\"")
          .append(name.substring(names[0].length() + 1).replace('.', ' '));
      attributes.append('"');
    }
    for (Object part : parts) {
      add(part, attributes, content);
    }
    String opening = "<" + names[0] + attributes + ">";
    return new Html(VOID.contains(names[0]) ? opening : opening + content + "</" + names[0] + ">");
  }

  /** One after the other. */
  static Html all(Object... parts) {
    StringBuilder content = new StringBuilder();
    for (Object part : parts) {
      add(part, new StringBuilder(), content);
    }
    return new Html(content.toString());
  }

  /** Markup that is known to be harmless: what a renderer has written that escapes itself. */
  static Html trusted(String markup) {
    return new Html(markup);
  }

  boolean isEmpty() {
    return markup.isEmpty();
  }

  private static void add(Object part, StringBuilder attributes, StringBuilder content) {
    if (part instanceof Html html) {
      content.append(html.markup);
    } else if (part instanceof Attribute attribute) {
      attributes.append(' ').append(attribute.name()).append("=\"");
      attributes.append(escaped(attribute.value())).append('"');
    } else if (part instanceof Iterable<?> several) {
      several.forEach(each -> add(each, attributes, content));
    } else {
      content.append(escaped(part.toString()));
    }
  }

  static String escaped(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        case '\n', '\t' -> safe.append(c);
        default -> safe.append(Character.isISOControl(c) ? '\uFFFD' : c);
      }
    }
    return safe.toString();
  }

  @Override
  public String toString() {
    return markup;
  }
}
