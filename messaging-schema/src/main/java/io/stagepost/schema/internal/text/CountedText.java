package io.stagepost.schema.internal.text;

/**
 * A text that counts how often its characters are looked at, so that a regular expression ends that
 * would not end by itself: on some texts the JDK's take time that grows with the square of the
 * length, or doubles with each character. Not thread-safe.
 */
public final class CountedText implements CharSequence {
  /** How many characters may be looked at still; of several texts together. */
  public static final class Budget {
    private int left;

    /**
     * A budget.
     *
     * @param characters how many
     */
    public Budget(int characters) {
      this.left = characters;
    }
  }

  /** The budget is used up. Without a stack: a flood of them is to be cheap. */
  public static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exhausted() {
      super("too many characters are looked at", null, false, false);
    }
  }

  private final CharSequence text;
  private final Budget budget;

  /**
   * A text.
   *
   * @param text to be looked at
   * @param budget from which each look takes
   */
  public CountedText(CharSequence text, Budget budget) {
    this.text = text;
    this.budget = budget;
  }

  @Override
  public char charAt(int index) {
    if (--budget.left < 0) {
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
    return new CountedText(text.subSequence(start, end), budget);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
