package org.cranelet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cranelet.proto.node.StepId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code JOB.STEP}; {@code JOB} alone means its primary container. */
record ContainerId(int job, int step) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,6}))?");

  StepId proto() {
    return StepId.newBuilder().setJobId(job).setStepId(step).build();
  }

  @Override
  public String toString() {
    return job + "." + step;
  }

  /** Reads what a user typed. */
  static final class Converter implements ITypeConverter<ContainerId> {
    @Override
    public ContainerId convert(String value) {
      Matcher m = FORM.matcher(value);
      if (!m.matches()) {
        throw new TypeConversionException("'" + value + "' is not a container id (JOB.STEP)");
      }
      int step = m.group(2) == null ? 1 : Integer.parseInt(m.group(2));
      if (step == 0) {
        throw new TypeConversionException(value + " is the pod itself; containers begin at step 1");
      }
      return new ContainerId(Integer.parseInt(m.group(1)), step);
    }
  }
}
