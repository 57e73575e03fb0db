package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.CodeBlock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts of contracts as Javadoc. */
final class Docs {
  private static final int WIDTH = 92;

  private Docs() {}

  /** A text as it is, whatever it holds, in lines. */
  static CodeBlock of(@Nullable String text, String otherwise) {
    return lines(text == null || text.isBlank() ? otherwise : text, "");
  }

  /** A line of a block tag, such as a parameter. */
  static CodeBlock tag(String tag, @Nullable String text, String otherwise) {
    String said = text == null || text.isBlank() ? otherwise : text.strip();
    String first = said.split("\\R\\s*\\R", 2)[0];
    return CodeBlock.of("$L\n", String.join("\n", wrapped(tag + " " + escaped(first), "    ")));
  }

  private static CodeBlock lines(String text, String indent) {
    List<String> paragraphs = new ArrayList<>();
    for (String paragraph : text.strip().split("\\R\\s*\\R", -1)) {
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
    for (String word : text.strip().split("\\s+", -1)) {
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
