package io.stagepost.asyncapi.cli;

import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A constant by its name, in any case. */
abstract class EnumName<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> type;

  EnumName(Class<E> type) {
    this.type = type;
  }

  @Override
  public E convert(String value) {
    for (E each : type.getEnumConstants()) {
      if (each.name().equalsIgnoreCase(value)) {
        return each;
      }
    }
    throw new TypeConversionException(
        "'"
            + value
            + "' is none of "
            + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
  }
}
