package org.elasticsearch.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.MockPluginsService;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/**
 * One Elasticsearch node for tests, on 127.0.0.1, with the plugins named on the command line taken from the class path.
 * It lies in this package because NodeConstruction and NodeServiceProvider are private to it.
 *
 * usage: SingleNode HOME PORT OWNER PLUGIN_CLASS...
 * Prints "ready PORT" when it serves. Runs until it is killed or, with OWNER not 0, until that process is gone; then
 * HOME is removed.
 */
public class SingleNode extends Node {
    SingleNode(Environment environment, List<Class<? extends Plugin>> plugins) {
        super(NodeConstruction.prepareConstruction(environment, null, new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment env, PluginsLoader ignored) {
                return new MockPluginsService(env.settings(), env, plugins);
            }
        }, false));
    }

    public static void main(String[] args) throws Exception {
        LogConfigurator.configureESLogging();
        var plugins = new java.util.ArrayList<Class<? extends Plugin>>();
        for (String name : List.of(args).subList(3, args.length)) plugins.add(Class.forName(name).asSubclass(Plugin.class));
        Settings settings = Settings.builder()
            .put("path.home", args[0])
            .put("cluster.name", "ruleproof")
            .put("node.name", "single")
            .put("discovery.type", "single-node")
            .put("transport.type", "netty4").put("transport.host", "127.0.0.1").put("transport.port", "0")
            .put("http.type", "netty4").put("http.host", "127.0.0.1").put("http.port", args[1])
            .put("xpack.license.self_generated.type", "basic")
            .put("cluster.max_shards_per_node", 20000)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Node node = new SingleNode(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "single"), plugins);
        node.start();
        System.out.println("ready " + args[1]);
        System.out.flush();
        long owner = Long.parseLong(args[2]);
        if (owner == 0) Thread.currentThread().join();
        while (ProcessHandle.of(owner).map(ProcessHandle::isAlive).orElse(false)) Thread.sleep(1000);
        node.close();
        remove(Path.of(args[0]));
        System.exit(0);
    }

    private static void remove(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(folder)) Files.deleteIfExists(path);
            }
        }
        try {
            Files.deleteIfExists(folder);
        } catch (IOException error) {
            // the folder around belongs to root: an empty folder stays
        }
    }
}
