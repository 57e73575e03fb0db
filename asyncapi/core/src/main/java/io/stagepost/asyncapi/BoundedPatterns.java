package io.stagepost.asyncapi;

import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;
import io.stagepost.schema.internal.text.CountedText;
import java.util.regex.Pattern;

/**
 * Regular expressions of contracts, which end: some take a time exponential in the length of the
 * text, and a contract is not always a friend's. What takes too long ends in {@link
 * CountedText.Exhausted}.
 */
final class BoundedPatterns implements RegularExpressionFactory {
  /** The most characters that one match may look at. */
  static final int LOOKS = 5_000_000;

  @Override
  public RegularExpression getRegularExpression(String regex) {
    // What ECMA-262 writes otherwise than Java, as the validator itself does it.
    Pattern pattern =
        Pattern.compile(
            RegularExpressions.replaceLongformCharacterProperties(
                RegularExpressions.replaceDollarAnchors(regex)));
    return text -> pattern.matcher(new CountedText(text, new CountedText.Budget(LOOKS))).find();
  }
}
