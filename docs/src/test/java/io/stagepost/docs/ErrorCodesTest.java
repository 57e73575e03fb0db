package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every error code is documented, and every documented one is thrown or logged somewhere. */
class ErrorCodesTest {
  private static final Pattern IN_CODE = Pattern.compile("\"(SP-[A-Z]+-\\d{3})");
  private static final Pattern IN_LIST =
      Pattern.compile("^\\| (SP-[A-Z]+-\\d{3}) \\|", Pattern.MULTILINE);

  @Test
  void the_list_and_the_code_agree() throws IOException {
    Map<String, Set<String>> used = new TreeMap<>();
    for (Path source : Documents.mainSources()) {
      Matcher code = IN_CODE.matcher(Files.readString(source));
      while (code.find()) {
        used.computeIfAbsent(code.group(1), c -> new TreeSet<>())
            .add(source.getFileName().toString());
      }
    }
    Set<String> listed = new TreeSet<>();
    Matcher line = IN_LIST.matcher(Documents.read("docs/error-codes.md"));
    while (line.find()) {
      assertThat(listed.add(line.group(1))).as("%s is listed once", line.group(1)).isTrue();
    }
    assertThat(used).isNotEmpty();
    assertThat(listed).as("docs/error-codes.md").isEqualTo(used.keySet());
  }
}
