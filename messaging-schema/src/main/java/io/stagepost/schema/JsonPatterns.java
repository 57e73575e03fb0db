package io.stagepost.schema;

import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;
import io.stagepost.schema.internal.text.CountedText;
import io.stagepost.schema.internal.text.CountedText.Budget;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The regular expressions of JSON Schemas, as the validator's library has them on the JDK's, but
 * such that they end: the characters are counted that are looked at, for all of a document
 * together. Thread-safe.
 */
final class JsonPatterns implements RegularExpressionFactory {
  /** Characters that are looked at in one validation: about a second. */
  static final int CHARACTERS = 100_000_000;

  /** Characters of an expression; a document may hold one too, for the format {@code regex}. */
  static final int LENGTH = 10_000;

  /** What is left to the validation of this thread. */
  private final ThreadLocal<Budget> left = ThreadLocal.withInitial(() -> new Budget(CHARACTERS));

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
    return text -> pattern.matcher(new CountedText(text, left.get())).find();
  }
}
