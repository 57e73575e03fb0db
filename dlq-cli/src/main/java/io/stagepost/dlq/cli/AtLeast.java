package io.stagepost.dlq.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers with a least value. */
class AtLeast implements ITypeConverter<Integer> {
  private final int least;

  private AtLeast(int least) {
    this.least = least;
  }

  @Override
  public Integer convert(String value) {
    if (!value.matches("\\d{1,9}") || Integer.parseInt(value) < least) {
      throw new TypeConversionException("'" + value + "' is no whole number of at least " + least);
    }
    return Integer.valueOf(value);
  }

  /** For picocli. */
  static final class One extends AtLeast {
    /** For picocli. */
    One() {
      super(1);
    }
  }

  /** For picocli. */
  static final class Twenty extends AtLeast {
    /** For picocli. */
    Twenty() {
      super(20);
    }
  }
}
