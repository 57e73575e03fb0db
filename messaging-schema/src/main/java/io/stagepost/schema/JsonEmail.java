package io.stagepost.schema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.format.Format;
import java.util.regex.Pattern;

/**
 * The formats {@code email} and {@code idn-email}: a mailbox (RFC 5321, section 4.1.2; RFC 6531),
 * with whatever top-level domain. The library's own know a list of these, which ages, and which has
 * no {@code .example}. Thread-safe.
 */
final class JsonEmail implements Format {
  /** A path's limit (RFC 5321, section 4.5.3.1.3), without its brackets. */
  private static final int LONGEST = 254;

  private static final String LITERAL =
      "\\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|\\d{1,3}(?:\\.\\d{1,3}){3})]";

  static final JsonEmail ASCII = new JsonEmail("email", "");
  static final JsonEmail ANY = new JsonEmail("idn-email", "\\x{80}-\\x{10FFFF}&&[^\\p{Z}\\p{C}]");

  private final String name;
  private final Pattern mailbox;

  private JsonEmail(String name, String more) {
    this.name = name;
    String atom = "[[\\w!#$%&'*+/=?^`{|}~-]" + (more.isEmpty() ? "" : "[" + more + "]") + "]++";
    String letter = "[[A-Za-z0-9]" + (more.isEmpty() ? "" : "[" + more + "]") + "]";
    String label = letter + "(?:[[-]" + letter + "]{0,61}" + letter + ")?";
    String quoted = "\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*+\"";
    this.mailbox =
        Pattern.compile(
            "(?:" + atom + "(?:\\." + atom + ")*+|" + quoted + ")@(?:" + label + "(?:\\." + label
                + ")*|" + LITERAL + ")");
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public String getMessageKey() {
    return "format." + name;
  }

  @Override
  public boolean matches(ExecutionContext execution, String text) {
    int at = text.lastIndexOf('@');
    return text.length() <= LONGEST && at <= 64 && mailbox.matcher(text).matches();
  }
}
