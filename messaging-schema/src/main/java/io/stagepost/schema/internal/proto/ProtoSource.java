package io.stagepost.schema.internal.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A schema of Protobuf as registries keep it: a {@code .proto} text, or a {@code
 * FileDescriptorProto} in Base64. Stateless.
 */
public final class ProtoSource {
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/\\s]+=*\\s*");

  private ProtoSource() {}

  /**
   * What it says.
   *
   * @throws RuntimeException if it is neither
   * @throws NoClassDefFoundError if it is a text, and Wire's parser is not on the class path
   */
  public static FileDescriptorProto parse(String source) {
    if (!BASE64.matcher(source).matches()) {
      return ProtoText.parse(source);
    }
    try {
      return FileDescriptorProto.parseFrom(Base64.getMimeDecoder().decode(source));
    } catch (InvalidProtocolBufferException | IllegalArgumentException unreadable) {
      throw new IllegalArgumentException(
          "it is neither a .proto text nor a FileDescriptorProto in Base64", unreadable);
    }
  }

  /**
   * The full name of the message that is there.
   *
   * @param path the index of the outermost message in its file, then of the one in that
   * @return null if there is none
   */
  public static @Nullable String nameOf(FileDescriptorProto file, List<Integer> path) {
    StringBuilder name = new StringBuilder(file.getPackage());
    List<DescriptorProto> messages = file.getMessageTypeList();
    for (int index : path) {
      if (index >= messages.size()) {
        return null;
      }
      DescriptorProto message = messages.get(index);
      name.append(name.isEmpty() ? "" : ".").append(message.getName());
      messages = message.getNestedTypeList();
    }
    return name.toString();
  }
}
