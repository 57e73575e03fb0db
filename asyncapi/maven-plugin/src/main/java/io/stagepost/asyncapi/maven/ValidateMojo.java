package io.stagepost.asyncapi.maven;

import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/** Checks the contracts against the specification: structure, references, examples. */
@Mojo(name = "validate", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class ValidateMojo extends ContractMojo {
  /** For Maven. */
  public ValidateMojo() {}

  @Override
  void run(List<Path> files) throws MojoExecutionException, MojoFailureException {
    tell(checked(files).stream().flatMap(each -> each.findings().stream()).toList());
  }
}
