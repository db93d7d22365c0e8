import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/** A resource manager and a node manager in one process; its settings go to a folder. It ends with its standard input. */
public final class MiniYarn {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    YarnConfiguration settings = new YarnConfiguration();
    settings.set("fs.defaultFS", "file:///");
    settings.set("yarn.resourcemanager.scheduler.class",
        "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler");
    settings.set("hadoop.tmp.dir", folder.resolve("tmp").toString());
    settings.setInt("yarn.scheduler.minimum-allocation-mb", 128);
    settings.setInt("yarn.nodemanager.resource.memory-mb", 4096);
    settings.setInt("yarn.nodemanager.resource.cpu-vcores", 4);
    settings.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
    settings.setBoolean("yarn.nodemanager.pmem-check-enabled", false);
    settings.setFloat("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", 100f);
    settings.setInt("yarn.nodemanager.delete.debug-delay-sec", 0);
    System.setProperty("test.build.data", folder.resolve("data").toString());
    try (MiniYARNCluster cluster = new MiniYARNCluster("birds", 1, 1, 1)) {
      cluster.init(settings);
      cluster.start();
      if (!cluster.waitForNodeManagersToConnect(60_000)) {
        throw new IllegalStateException("The node manager does not connect.");
      }
      Path written = folder.resolve("yarn-site.tmp");
      try (OutputStream stream = new FileOutputStream(written.toFile())) {
        cluster.getConfig().writeXml(stream);
      }
      Files.writeString(folder.resolve("core-site.xml"),
          "<configuration><property><name>fs.defaultFS</name><value>file:///</value></property></configuration>");
      Files.move(written, folder.resolve("yarn-site.xml"), StandardCopyOption.ATOMIC_MOVE);
      while (System.in.read() >= 0) {
        continue;
      }
    }
    System.exit(0);
  }
}
