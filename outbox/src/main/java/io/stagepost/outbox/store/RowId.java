package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * By what a row is found: unique in its outbox for ever.
 *
 * @param shard from 0
 * @param id within the shard
 */
public record RowId(int shard, long id) {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,3})/([0-9]{1,18})");

  /**
   * Reads the form of {@link #toString()}.
   *
   * @param text such as {@code 3/1042}
   * @return the id
   * @throws MessagingException if it has another form
   */
  public static RowId parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new MessagingException(
          "SP-OUTBOX-024", "\"" + text + "\" is no row's id; ids are like 3/1042 (shard/number).");
    }
    return new RowId(Integer.parseInt(form.group(1)), Long.parseLong(form.group(2)));
  }

  @Override
  public String toString() {
    return shard + "/" + id;
  }
}
