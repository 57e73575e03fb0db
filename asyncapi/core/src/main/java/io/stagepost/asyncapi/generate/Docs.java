package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.CodeBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Texts of contracts as Javadoc. */
final class Docs {
  private static final int WIDTH = 92;
  private static final Pattern PARAGRAPHS = Pattern.compile("\\R\\s*\\R");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private Docs() {}

  /** A text as it is, whatever it holds, in lines. */
  static CodeBlock of(@Nullable String text, String otherwise) {
    return lines(text == null || text.isBlank() ? otherwise : text, "");
  }

  /** A block tag: its name, with that of a parameter if it takes one, and a text. */
  static CodeBlock tag(String tag, @Nullable String text, String otherwise) {
    String said = text == null || text.isBlank() ? otherwise : text.strip();
    String first = PARAGRAPHS.split(said, 2)[0];
    return CodeBlock.of("$L\n", String.join("\n", wrapped(tag + " " + escaped(first), "    ")));
  }

  private static CodeBlock lines(String text, String indent) {
    List<String> paragraphs = new ArrayList<>();
    for (String paragraph : PARAGRAPHS.split(text.strip(), -1)) {
      String escaped = escaped(paragraph);
      paragraphs.add(
          String.join("\n", wrapped(paragraphs.isEmpty() ? escaped : "<p>" + escaped, indent)));
    }
    return CodeBlock.of("$L\n", String.join("\n\n", paragraphs));
  }

  static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '@' -> out.append("&#64;");
                case '\\' -> out.append("&#92;");
                case '{' -> out.append("&#123;");
                case '}' -> out.append("&#125;");
                default -> {
                  if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                    out.append(' ');
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.toString().replace("*/", "*&#47;");
  }

  private static List<String> wrapped(String text, String indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : SPACES.split(text.strip(), -1)) {
      if (line.length() > indent.length() && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
        line.append(indent);
      } else if (line.length() > 0) {
        line.append(' ');
      }
      line.append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
