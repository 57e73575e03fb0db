package io.stagepost.dlq.cli;

import io.stagepost.dlq.Letter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What names a letter on the command line: {@code ADDRESS@PARTITION-POSITION}, or {@code
 * ADDRESS@POSITION} where there are no partitions.
 *
 * @param address the dead-letter address
 * @param id as {@link Letter#id()} gives it
 */
record LetterName(String address, String id) {
  static LetterName of(Letter letter) {
    return new LetterName(letter.at().address(), letter.id());
  }

  /**
   * Reads what {@link #toString} writes. The last {@code @} splits it.
   *
   * @throws TypeConversionException if it is no such name
   */
  static LetterName parse(String text) {
    int at = text.lastIndexOf('@');
    String id = text.substring(at + 1);
    if (at < 1 || !id.matches("(?:[^-]+-)?\\d+")) {
      throw new TypeConversionException(
          "'"
              + text
              + "' names no letter: write ADDRESS@PARTITION-POSITION (Kafka) or ADDRESS@POSITION"
              + " (RabbitMQ), as peek shows it");
    }
    return new LetterName(text.substring(0, at), id);
  }

  @Override
  public String toString() {
    return address + "@" + id;
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<LetterName> {
    /** For picocli. */
    Converter() {}

    @Override
    public LetterName convert(String value) {
      return parse(value);
    }
  }
}
