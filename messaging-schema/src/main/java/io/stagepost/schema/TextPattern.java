package io.stagepost.schema;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression as JSON Schema has it (ECMA-262), on the JDK's, such that it ends: looking
 * for it in a hostile text takes bounded time. Immutable and thread-safe.
 *
 * <p>Unlike the JDK's, {@code $} matches at the end of the text only, and {@code [} and {@code &&}
 * mean themselves in a class of characters.
 */
public final class TextPattern {
  /** Characters that one search looks at: a tenth of a second. */
  private static final int CHARACTERS = 10_000_000;

  private final Pattern pattern;

  private TextPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * A regular expression.
   *
   * @param expression as ECMA-262 says, without slashes around it
   * @return the pattern
   * @throws PatternSyntaxException if the JDK cannot read it
   */
  public static TextPattern of(String expression) {
    return new TextPattern(Pattern.compile(translated(expression)));
  }

  /**
   * Whether a text has it anywhere: as JSON Schema's {@code pattern} asks.
   *
   * @param text the text
   * @return false also if that takes looking at more than ten million characters
   */
  public boolean isIn(CharSequence text) {
    try {
      return pattern.matcher(new Counted(text, new int[] {CHARACTERS})).find();
    } catch (Exhausted | StackOverflowError endless) {
      // The second comes of groups that repeat over long texts, and of nothing half done.
      return false;
    }
  }

  private static String translated(String expression) {
    StringBuilder out = new StringBuilder();
    boolean inClass = false;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c == '\\' && i + 1 < expression.length()) {
        out.append(c).append(expression.charAt(++i));
      } else if (inClass && (c == '[' || c == '&')) {
        out.append('\\').append(c);
      } else if (!inClass && c == '$') {
        out.append("\\z");
      } else {
        inClass = inClass ? c != ']' : c == '[';
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * As it was written, nearly.
   *
   * @return for people
   */
  @Override
  public String toString() {
    return pattern.pattern();
  }

  private record Counted(CharSequence text, int[] left) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (--left[0] < 0) {
        throw new Exhausted();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), left);
    }
  }

  /** Without a stack: a flood of them is to be cheap. */
  private static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exhausted() {
      super(null, null, false, false);
    }
  }
}
