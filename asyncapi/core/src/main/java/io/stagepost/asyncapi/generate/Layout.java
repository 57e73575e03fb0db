package io.stagepost.asyncapi.generate;

import java.util.regex.Pattern;

/** Brings source nearer to what google-java-format would make of it. */
final class Layout {
  private static final Pattern TRAILING = Pattern.compile("[ \\t]+$", Pattern.MULTILINE);
  private static final Pattern SHORT_DOC =
      Pattern.compile("^( *)/\\*\\*\\n *\\* (?!@)(.{1,88})\\n *\\*/$", Pattern.MULTILINE);
  private static final Pattern EMPTY = Pattern.compile("\\{\\n *}$", Pattern.MULTILINE);

  private Layout() {}

  static String of(String source) {
    String stripped = TRAILING.matcher(source).replaceAll("");
    return EMPTY.matcher(SHORT_DOC.matcher(stripped).replaceAll("$1/** $2 */")).replaceAll("{}");
  }
}
