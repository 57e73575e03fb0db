package io.stagepost.schema.internal.avro;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.util.TimePeriod;
import org.jspecify.annotations.Nullable;

/**
 * How single values are read and written: what is neither record, enum, union nor collection.
 * Handles that read are {@code (Input)T}, those that write {@code (Output, T)void}.
 */
@SuppressWarnings({
  "StatementSwitchToExpressionSwitch", // whose cases are not all of one form
  "JavaLocalDateTimeGetNano",
  "JavaPeriodGetDays" // the other parts are asked for beside them
})
final class Values {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final long MICROS = 1_000_000;
  private static final long NANOS = 1_000_000_000;

  /** Of the big decimals, which say their scale themselves: 1E1000000000 is 6 bytes. */
  private static final int SCALE = 10_000;

  private static final MethodHandle WRITE_DECIMAL =
      find(
          "writeDecimal",
          MethodType.methodType(
              void.class,
              String.class,
              int.class,
              int.class,
              int.class,
              Output.class,
              BigDecimal.class));

  private Values() {}

  /**
   * What reads a value.
   *
   * @return null if a {@code raw} is no fit for the schema
   */
  static @Nullable MethodHandle reader(Schema writer, Schema reader, Class<?> raw) {
    LogicalType written = writer.getLogicalType();
    LogicalType read = reader.getLogicalType();
    LogicalType logical = written == null || read == null ? read : written;
    if (read != null) {
      MethodHandle handle = logicalReader(writer, reader, logical, raw);
      if (handle != null) {
        return handle;
      }
      if (!Objects.equals(unit(written == null ? read : written), unit(read))) {
        return null;
      }
    }
    return plainReader(writer.getType(), writer, MethodType.methodType(raw).wrap().returnType());
  }

  private static String unit(LogicalType type) {
    return type instanceof LogicalTypes.Decimal decimal
        ? "decimal " + decimal.getScale()
        : type.getName();
  }

  private static @Nullable MethodHandle plainReader(
      Schema.Type type, Schema schema, Class<?> boxed) {
    switch (type) {
      case BOOLEAN:
        return boxed == Boolean.class ? input("readBoolean", boolean.class) : null;
      case INT:
        if (boxed == Integer.class) {
          return input("readInt", int.class);
        }
        if (boxed == Short.class) {
          return own("readShort", short.class);
        }
        if (boxed == Byte.class) {
          return own("readByte", byte.class);
        }
        return boxed == Long.class || boxed == Float.class || boxed == Double.class
            ? widened(input("readInt", int.class), boxed)
            : null;
      case LONG:
        return boxed == Long.class || boxed == Float.class || boxed == Double.class
            ? widened(input("readLong", long.class), boxed)
            : null;
      case FLOAT:
        return boxed == Float.class || boxed == Double.class
            ? widened(input("readFloat", float.class), boxed)
            : null;
      case DOUBLE:
        return boxed == Double.class ? input("readDouble", double.class) : null;
      case STRING:
      case BYTES:
        if (boxed == String.class) {
          return input("readString", String.class);
        }
        return boxed == byte[].class
            ? input("bytes", byte[].class)
            : boxed == ByteBuffer.class ? own("readBuffer", ByteBuffer.class) : null;
      case FIXED:
        if (boxed == byte[].class) {
          return MethodHandles.insertArguments(
              input("fixed", byte[].class, int.class), 1, schema.getFixedSize());
        }
        return boxed == ByteBuffer.class
            ? MethodHandles.insertArguments(
                own("readFixedBuffer", ByteBuffer.class, int.class), 1, schema.getFixedSize())
            : null;
      default:
        return null;
    }
  }

  private static MethodHandle widened(MethodHandle reader, Class<?> boxed) {
    return reader.asType(
        reader.type().changeReturnType(MethodType.methodType(boxed).unwrap().returnType()));
  }

  private static @Nullable MethodHandle logicalReader(
      Schema writer, Schema reader, LogicalType type, Class<?> raw) {
    String name = type.getName();
    if (raw == BigDecimal.class && reader.getLogicalType() instanceof LogicalTypes.Decimal target) {
      if (!(type instanceof LogicalTypes.Decimal decimal)) {
        return null;
      }
      return MethodHandles.insertArguments(
          own("readDecimal", BigDecimal.class, int.class, int.class, int.class, int.class),
          1,
          writer.getType() == Schema.Type.FIXED ? writer.getFixedSize() : -1,
          longest(decimal.getPrecision()),
          decimal.getScale(),
          target.getScale());
    }
    if (raw == BigDecimal.class && name.equals("big-decimal")) {
      return own("readBigDecimal", BigDecimal.class);
    }
    if (raw == UUID.class && name.equals("uuid")) {
      return writer.getType() == Schema.Type.FIXED
          ? own("readFixedUuid", UUID.class)
          : own("readUuid", UUID.class);
    }
    if (name.equals("duration")
        && (raw == Duration.class || raw == Period.class || raw == TimePeriod.class)) {
      return own("read" + raw.getSimpleName(), raw);
    }
    String method = temporal(name, raw);
    return method == null ? null : own("read" + method, raw);
  }

  /** Which of the methods below is for this logical type in this class. */
  private static @Nullable String temporal(String name, Class<?> raw) {
    Class<?> natural =
        switch (name) {
          case "date" -> LocalDate.class;
          case "time-millis", "time-micros" -> LocalTime.class;
          case "timestamp-millis", "timestamp-micros", "timestamp-nanos" -> Instant.class;
          case "local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos" ->
              LocalDateTime.class;
          default -> null;
        };
    if (natural != raw) {
      return null;
    }
    StringBuilder method = new StringBuilder();
    for (String word : name.split("-", -1)) {
      method.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
    }
    return method.toString();
  }

  /** The most bytes that a decimal of this precision needs; some writers fill up with a few. */
  private static int longest(int precision) {
    return (int) Math.min(Integer.MAX_VALUE, precision / 2L + 9);
  }

  /**
   * What writes a value.
   *
   * @return null if {@code raw} is no fit for the schema
   */
  static @Nullable MethodHandle writer(Schema schema, Class<?> raw, String path) {
    LogicalType type = schema.getLogicalType();
    boolean fixed = schema.getType() == Schema.Type.FIXED;
    if (type != null) {
      String name = type.getName();
      if (raw == BigDecimal.class && type instanceof LogicalTypes.Decimal decimal) {
        return MethodHandles.insertArguments(
            WRITE_DECIMAL,
            0,
            path,
            fixed ? schema.getFixedSize() : -1,
            decimal.getPrecision(),
            decimal.getScale());
      }
      if (raw == BigDecimal.class && name.equals("big-decimal")) {
        return writing("writeBigDecimal", raw, path);
      }
      if (raw == UUID.class && name.equals("uuid")) {
        return writing(fixed ? "writeFixedUuid" : "writeUuid", raw, path);
      }
      if (name.equals("duration")
          && (raw == Duration.class || raw == Period.class || raw == TimePeriod.class)) {
        return writing("write" + raw.getSimpleName(), raw, path);
      }
      String method = temporal(name, raw);
      if (method != null) {
        return writing("write" + method, raw, path);
      }
    }
    return plainWriter(schema, raw, path);
  }

  private static @Nullable MethodHandle plainWriter(Schema schema, Class<?> raw, String path) {
    Class<?> boxed = MethodType.methodType(raw).wrap().returnType();
    switch (schema.getType()) {
      case BOOLEAN:
        return boxed == Boolean.class ? output("writeBoolean", boolean.class, raw) : null;
      case INT:
        return boxed == Integer.class || boxed == Short.class || boxed == Byte.class
            ? output("writeInt", int.class, raw)
            : null;
      case LONG:
        return boxed == Long.class ? output("writeLong", long.class, raw) : null;
      case FLOAT:
        return boxed == Float.class ? output("writeFloat", float.class, raw) : null;
      case DOUBLE:
        return boxed == Double.class ? output("writeDouble", double.class, raw) : null;
      case STRING:
        return raw == String.class ? output("writeString", String.class, raw) : null;
      case BYTES:
        return raw == byte[].class
            ? writing("writeBytes", raw, path)
            : raw == ByteBuffer.class ? output("writeBytes", ByteBuffer.class, raw) : null;
      case FIXED:
        return raw == byte[].class || raw == ByteBuffer.class
            ? MethodHandles.insertArguments(
                find(
                    "writeFixed",
                    MethodType.methodType(void.class, String.class, int.class, Output.class, raw)),
                0,
                path,
                schema.getFixedSize())
            : null;
      default:
        return null;
    }
  }

  static short readShort(Input in) {
    int value = in.readInt();
    if (value != (short) value) {
      throw Malformed.because("an int is too large for a short");
    }
    return (short) value;
  }

  static byte readByte(Input in) {
    int value = in.readInt();
    if (value != (byte) value) {
      throw Malformed.because("an int is too large for a byte");
    }
    return (byte) value;
  }

  static ByteBuffer readBuffer(Input in) {
    return ByteBuffer.wrap(in.bytes());
  }

  static ByteBuffer readFixedBuffer(Input in, int size) {
    return ByteBuffer.wrap(in.fixed(size));
  }

  static void writeBytes(String path, Output out, byte[] value) {
    out.writeBytes(value, 0, value.length);
  }

  static void writeFixed(String path, int size, Output out, byte[] value) {
    if (value.length != size) {
      throw new Unfit(path, "has " + value.length + " bytes; its schema wants " + size);
    }
    out.writeFixed(value, 0, size);
  }

  static void writeFixed(String path, int size, Output out, ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    writeFixed(path, size, out, bytes);
  }

  static BigDecimal readDecimal(Input in, int size, int longest, int scale, int target) {
    byte[] unscaled = size < 0 ? in.bytes(longest) : in.fixed(size);
    if (unscaled.length == 0) {
      throw Malformed.because("a decimal is empty");
    }
    BigDecimal value =
        unscaled.length <= 8
            ? BigDecimal.valueOf(bigEndian(unscaled), scale)
            : new BigDecimal(new BigInteger(unscaled), scale);
    return scale == target ? value : rescaled(value, target);
  }

  private static long bigEndian(byte[] bytes) {
    long value = bytes[0];
    for (int i = 1; i < bytes.length; i++) {
      value = value << 8 | (bytes[i] & 0xffL);
    }
    return value;
  }

  private static BigDecimal rescaled(BigDecimal value, int scale) {
    try {
      return value.setScale(scale, RoundingMode.UNNECESSARY);
    } catch (ArithmeticException inexact) {
      throw Malformed.because("a decimal has more digits after the point than its reader keeps");
    }
  }

  static void writeDecimal(
      String path, int size, int precision, int scale, Output out, BigDecimal value) {
    BigDecimal scaled = value;
    if (value.scale() != scale) {
      // A scale far beyond would be written out in zeros before it is found too wide.
      if (value.signum() != 0
          && (long) value.precision() - value.scale() > precision - (long) scale) {
        throw new Unfit(
            path, "has more digits than decimal(" + precision + "," + scale + ") keeps");
      }
      try {
        scaled = value.setScale(scale, RoundingMode.UNNECESSARY);
      } catch (ArithmeticException inexact) {
        throw new Unfit(
            path, "has more than the " + scale + " digits after the point that its schema keeps");
      }
    }
    if (scaled.precision() > precision) {
      throw new Unfit(path, "has more digits than decimal(" + precision + "," + scale + ") keeps");
    }
    byte[] unscaled = scaled.unscaledValue().toByteArray();
    if (size < 0) {
      out.writeBytes(unscaled, 0, unscaled.length);
      return;
    }
    byte[] bytes = new byte[size];
    if (unscaled.length > size) {
      throw new Unfit(path, "has more digits than its fixed of " + size + " bytes keeps");
    }
    Arrays.fill(bytes, 0, size - unscaled.length, (byte) (scaled.signum() < 0 ? -1 : 0));
    System.arraycopy(unscaled, 0, bytes, size - unscaled.length, unscaled.length);
    out.writeFixed(bytes, 0, size);
  }

  static BigDecimal readBigDecimal(Input in) {
    long length = in.readLong();
    int before = in.position();
    byte[] unscaled = in.bytes(SCALE);
    int scale = in.readInt();
    if (length != in.position() - before || unscaled.length == 0) {
      throw Malformed.because("a big-decimal is not as long as it says");
    }
    if (Math.abs((long) scale) > SCALE) {
      throw Malformed.limit("a big-decimal has a scale beyond " + SCALE);
    }
    return new BigDecimal(new BigInteger(unscaled), scale);
  }

  static void writeBigDecimal(String path, Output out, BigDecimal value) {
    byte[] unscaled = value.unscaledValue().toByteArray();
    if (Math.abs((long) value.scale()) > SCALE || unscaled.length > SCALE) {
      throw new Unfit(path, "has more than " + SCALE + " digits");
    }
    out.writeLong((long) size(unscaled.length) + unscaled.length + size(value.scale()));
    out.writeBytes(unscaled, 0, unscaled.length);
    out.writeInt(value.scale());
  }

  /** How many bytes an int takes. */
  private static int size(int value) {
    int zigzag = (value << 1) ^ (value >> 31);
    return (38 - Integer.numberOfLeadingZeros(zigzag | 1)) / 7;
  }

  static UUID readUuid(Input in) {
    String text = in.readString();
    if (text.length() != 36) {
      throw Malformed.because("a uuid has not 36 characters");
    }
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException none) {
      throw Malformed.because("a uuid is none");
    }
  }

  static void writeUuid(String path, Output out, UUID value) {
    out.writeString(value.toString());
  }

  static UUID readFixedUuid(Input in) {
    return new UUID(Long.reverseBytes(in.littleEndian(8)), Long.reverseBytes(in.littleEndian(8)));
  }

  static void writeFixedUuid(String path, Output out, UUID value) {
    out.bigEndian(value.getMostSignificantBits());
    out.bigEndian(value.getLeastSignificantBits());
  }

  static LocalDate readDate(Input in) {
    return LocalDate.ofEpochDay(in.readInt());
  }

  static void writeDate(String path, Output out, LocalDate value) {
    long day = value.toEpochDay();
    if (day != (int) day) {
      throw beyond(path);
    }
    out.writeInt((int) day);
  }

  static LocalTime readTimeMillis(Input in) {
    return time(in.readInt(), 1_000_000);
  }

  static void writeTimeMillis(String path, Output out, LocalTime value) {
    out.writeInt((int) (value.toNanoOfDay() / 1_000_000));
  }

  static LocalTime readTimeMicros(Input in) {
    return time(in.readLong(), 1_000);
  }

  static void writeTimeMicros(String path, Output out, LocalTime value) {
    out.writeLong(value.toNanoOfDay() / 1_000);
  }

  private static LocalTime time(long value, long nanos) {
    if (value < 0 || value >= 86_400 * NANOS / nanos) {
      throw Malformed.because("a time of day is beyond the day");
    }
    return LocalTime.ofNanoOfDay(value * nanos);
  }

  static Instant readTimestampMillis(Input in) {
    return instant(in.readLong(), 1_000);
  }

  static Instant readTimestampMicros(Input in) {
    return instant(in.readLong(), MICROS);
  }

  static Instant readTimestampNanos(Input in) {
    return instant(in.readLong(), NANOS);
  }

  private static Instant instant(long value, long perSecond) {
    return Instant.ofEpochSecond(
        Math.floorDiv(value, perSecond), Math.floorMod(value, perSecond) * (NANOS / perSecond));
  }

  static void writeTimestampMillis(String path, Output out, Instant value) {
    out.writeLong(since(path, value.getEpochSecond(), value.getNano(), 1_000));
  }

  static void writeTimestampMicros(String path, Output out, Instant value) {
    out.writeLong(since(path, value.getEpochSecond(), value.getNano(), MICROS));
  }

  static void writeTimestampNanos(String path, Output out, Instant value) {
    out.writeLong(since(path, value.getEpochSecond(), value.getNano(), NANOS));
  }

  /** Since 1970, cut off where the unit is too coarse. */
  private static long since(String path, long second, int nano, long perSecond) {
    long part = nano / (NANOS / perSecond);
    try {
      // What is before 1970 may fit where its whole second does not.
      return second < 0 && part > 0
          ? Math.addExact(Math.multiplyExact(second + 1, perSecond), part - perSecond)
          : Math.addExact(Math.multiplyExact(second, perSecond), part);
    } catch (ArithmeticException tooFar) {
      throw beyond(path);
    }
  }

  private static Unfit beyond(String path) {
    return new Unfit(path, "is further from 1970 than its logical type reaches");
  }

  static LocalDateTime readLocalTimestampMillis(Input in) {
    return local(in.readLong(), 1_000);
  }

  static LocalDateTime readLocalTimestampMicros(Input in) {
    return local(in.readLong(), MICROS);
  }

  static LocalDateTime readLocalTimestampNanos(Input in) {
    return local(in.readLong(), NANOS);
  }

  private static LocalDateTime local(long value, long perSecond) {
    try {
      return LocalDateTime.ofEpochSecond(
          Math.floorDiv(value, perSecond),
          (int) (Math.floorMod(value, perSecond) * (NANOS / perSecond)),
          ZoneOffset.UTC);
    } catch (DateTimeException tooFar) {
      throw Malformed.because("a date is beyond the calendar");
    }
  }

  static void writeLocalTimestampMillis(String path, Output out, LocalDateTime value) {
    out.writeLong(since(path, value.toEpochSecond(ZoneOffset.UTC), value.getNano(), 1_000));
  }

  static void writeLocalTimestampMicros(String path, Output out, LocalDateTime value) {
    out.writeLong(since(path, value.toEpochSecond(ZoneOffset.UTC), value.getNano(), MICROS));
  }

  static void writeLocalTimestampNanos(String path, Output out, LocalDateTime value) {
    out.writeLong(since(path, value.toEpochSecond(ZoneOffset.UTC), value.getNano(), NANOS));
  }

  static TimePeriod readTimePeriod(Input in) {
    ByteBuffer parts = ByteBuffer.wrap(in.fixed(12)).order(ByteOrder.LITTLE_ENDIAN);
    return TimePeriod.of(
        Integer.toUnsignedLong(parts.getInt()),
        Integer.toUnsignedLong(parts.getInt()),
        Integer.toUnsignedLong(parts.getInt()));
  }

  static void writeTimePeriod(String path, Output out, TimePeriod value) {
    parts(path, out, value.getMonths(), value.getDays(), value.getMillis());
  }

  static Duration readDuration(Input in) {
    TimePeriod period = readTimePeriod(in);
    if (period.getMonths() != 0) {
      throw Malformed.because("a duration has months, and no number of days for them");
    }
    return Duration.ofDays(period.getDays()).plusMillis(period.getMillis());
  }

  static void writeDuration(String path, Output out, Duration value) {
    parts(path, out, 0, value.toDays(), value.minusDays(value.toDays()).toMillis());
  }

  static Period readPeriod(Input in) {
    TimePeriod period = readTimePeriod(in);
    if (period.getMillis() != 0
        || period.getDays() > Integer.MAX_VALUE
        || period.getMonths() > Integer.MAX_VALUE) {
      throw Malformed.because("a duration is no whole number of days, or too long");
    }
    return Period.of(
        (int) period.getMonths() / 12, (int) period.getMonths() % 12, (int) period.getDays());
  }

  static void writePeriod(String path, Output out, Period value) {
    parts(path, out, value.toTotalMonths(), value.getDays(), 0);
  }

  private static void parts(String path, Output out, long months, long days, long millis) {
    if ((months | days | millis) >>> 32 != 0) {
      throw new Unfit(path, "is negative, or longer than a duration in Avro reaches");
    }
    out.littleEndian(months, 4);
    out.littleEndian(days, 4);
    out.littleEndian(millis, 4);
  }

  /** A method here that reads. */
  private static MethodHandle own(String name, Class<?> result, Class<?>... more) {
    return find(name, MethodType.methodType(result, Input.class).appendParameterTypes(more));
  }

  /** A method here that writes, and says where it failed. */
  private static MethodHandle writing(String name, Class<?> value, String path) {
    return find(name, MethodType.methodType(void.class, String.class, Output.class, value))
        .bindTo(path);
  }

  private static MethodHandle find(String name, MethodType type) {
    try {
      return LOOKUP.findStatic(Values.class, name, type);
    } catch (ReflectiveOperationException missing) {
      throw new LinkageError(missing.getMessage(), missing);
    }
  }

  private static MethodHandle input(String name, Class<?> result, Class<?>... parameters) {
    try {
      return LOOKUP.findVirtual(Input.class, name, MethodType.methodType(result, parameters));
    } catch (ReflectiveOperationException missing) {
      throw new LinkageError(missing.getMessage(), missing);
    }
  }

  private static MethodHandle output(String name, Class<?> parameter, Class<?> value) {
    try {
      return LOOKUP
          .findVirtual(Output.class, name, MethodType.methodType(void.class, parameter))
          .asType(MethodType.methodType(void.class, Output.class, value));
    } catch (ReflectiveOperationException missing) {
      throw new LinkageError(missing.getMessage(), missing);
    }
  }
}
