package io.stagepost.asyncapi;

import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;
import java.util.regex.Pattern;

/**
 * Regular expressions of contracts, which end: some take a time exponential in the length of the
 * text, and a contract is not always a friend's.
 */
final class BoundedPatterns implements RegularExpressionFactory {
  /** The most characters that one match may look at. */
  private static final int LOOKS = 5_000_000;

  /** A match took too long. */
  static final class TooSlowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooSlowException() {
      super("matching a pattern takes more than " + LOOKS + " steps");
    }
  }

  @Override
  public RegularExpression getRegularExpression(String regex) {
    // What ECMA-262 writes otherwise than Java, as the validator itself does it.
    Pattern pattern =
        Pattern.compile(
            RegularExpressions.replaceLongformCharacterProperties(
                RegularExpressions.replaceDollarAnchors(regex)));
    return text -> pattern.matcher(new Counted(text)).find();
  }

  private static final class Counted implements CharSequence {
    private final CharSequence text;
    private int looks;

    Counted(CharSequence text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++looks > LOOKS) {
        throw new TooSlowException();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
