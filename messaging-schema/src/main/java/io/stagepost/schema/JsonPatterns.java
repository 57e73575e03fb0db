package io.stagepost.schema;

import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The regular expressions of JSON Schemas, as the validator's library has them on the JDK's, but
 * such that they end: on some texts the JDK's take time that grows with the square of the length,
 * or doubles with each character. So the characters are counted that are looked at, for all of a
 * document together. Thread-safe.
 */
final class JsonPatterns implements RegularExpressionFactory {
  /** Characters that are looked at in one validation: about a second. */
  static final int CHARACTERS = 100_000_000;

  /** Characters of an expression; a document may hold one too, for the format {@code regex}. */
  static final int LENGTH = 10_000;

  /** What is left to the validation of this thread. */
  private final ThreadLocal<int[]> left = ThreadLocal.withInitial(() -> new int[] {CHARACTERS});

  /** Begins a validation, and ends the one before. */
  void reset() {
    left.remove();
  }

  @Override
  public RegularExpression getRegularExpression(String regex) {
    if (regex.length() > LENGTH) {
      throw new PatternSyntaxException("it has more than " + LENGTH + " characters", "", -1);
    }
    Pattern pattern =
        Pattern.compile(
            RegularExpressions.replaceLongformCharacterProperties(
                RegularExpressions.replaceDollarAnchors(regex)));
    return text -> pattern.matcher(new Counted(text, left.get())).find();
  }

  private record Counted(String text, int[] left) implements CharSequence {
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
      return new Counted(text.substring(start, end), left);
    }
  }

  /** Without a stack: a flood of them is to be cheap. */
  static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exhausted() {
      super("its patterns look at more than " + CHARACTERS + " characters", null, false, false);
    }
  }
}
