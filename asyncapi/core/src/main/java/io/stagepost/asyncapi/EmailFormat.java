package io.stagepost.asyncapi;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.format.Format;
import java.util.regex.Pattern;

/**
 * The format {@code email}: a mailbox (RFC 5321), with whatever top-level domain. The library's own
 * knows a list of these, which ages, and which has no {@code .example}. Thread-safe.
 */
final class EmailFormat implements Format {
  private static final int LONGEST = 254;
  private static final Pattern MAILBOX =
      Pattern.compile("[^@\\s\\p{Cntrl}]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\\.[A-Za-z0-9-]{1,63}+)*+");

  @Override
  public String getName() {
    return "email";
  }

  @Override
  public String getMessageKey() {
    return "format.email";
  }

  @Override
  public boolean matches(ExecutionContext execution, String text) {
    return text.length() <= LONGEST && MAILBOX.matcher(text).matches();
  }
}
