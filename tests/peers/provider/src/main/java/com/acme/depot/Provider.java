package com.acme.depot;

import com.acme.freight.Bazaar;
import com.acme.freight.FreightService;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.dubbo.common.utils.NetUtils;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.MetadataReportConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/**
 * Exports the services of this project over the Dubbo protocol, prints `READY <port>`, and lives until SIGTERM or until its standard
 * input closes, so that nothing is left behind when the test that started it dies.
 *
 * <p>Arguments, each `name=value`, are listed in the README beside the parent pom.
 */
public final class Provider {
    private Provider() {}

    public static void main(String[] arguments) throws InterruptedException {
        try {
            start(new Settings(arguments));
        } catch (Throwable failure) {
            // Threads that Dubbo left would keep a provider alive that serves nothing.
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
        Thread.currentThread().join();
    }

    /** Starts one inside another program, which then goes on. */
    public static void start(int port, String... arguments) throws ReflectiveOperationException {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "port=" + port;
        start(new Settings(all));
    }

    private static void start(Settings settings) throws ReflectiveOperationException {
        if (settings.text("stdin", "end").equals("end")) {
            endWithParent();
        }
        beLocal();
        System.setProperty("dubbo.application.register-mode", settings.text("register-mode", "interface"));
        int port = Integer.parseInt(settings.text("port", "20880"));

        DubboBootstrap bootstrap = DubboBootstrap.getInstance()
                .application(application(settings))
                .protocol(protocol(settings, port));
        String registry = settings.text("registry", "N/A");
        bootstrap.registry(new RegistryConfig(registry));
        if (!registry.equals("N/A")) {
            MetadataReportConfig report = new MetadataReportConfig();
            report.setAddress(registry);
            // So that READY means that the definitions are there, too.
            report.setSyncReport(true);
            bootstrap.metadataReport(report);
        }
        services(settings).forEach(bootstrap::service);
        bootstrap.start();
        System.out.println("READY " + port);
    }

    private static ApplicationConfig application(Settings settings) {
        ApplicationConfig application = new ApplicationConfig(settings.text("application", "freight"));
        application.setQosEnable(false);
        return application;
    }

    private static ProtocolConfig protocol(Settings settings, int port) {
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        protocol.setThreads(settings.number("threads"));
        protocol.setPayload(settings.number("payload"));
        protocol.setParameters(settings.under("protocol"));
        return protocol;
    }

    private static List<ServiceConfig<?>> services(Settings settings) {
        String id = settings.text("id", "freight");
        List<ServiceConfig<?>> services = new ArrayList<>();
        for (String export : settings.list("exports", "plain,g1,stall")) {
            switch (export) {
                case "plain":
                    services.add(service(settings, export, FreightService.class, new Depot(id)));
                    break;
                case "g1":
                    ServiceConfig<FreightService> grouped =
                            service(settings, export, FreightService.class, new Depot(id + " g1/1.0.0"));
                    grouped.setGroup("g1");
                    grouped.setVersion("1.0.0");
                    services.add(grouped);
                    break;
                case "stall":
                    services.add(service(settings, export, Bazaar.Stall.class, new StallKeeper()));
                    break;
                default:
                    throw new IllegalArgumentException("no such export: " + export);
            }
        }
        return services;
    }

    private static <T> ServiceConfig<T> service(
            Settings settings, String export, Class<T> type, T implementation) {
        ServiceConfig<T> service = new ServiceConfig<>();
        // 2.7 takes two services of one interface for one if they have no ids of their own.
        service.setId(type.getName() + "#" + export);
        service.setInterface(type);
        service.setRef(implementation);
        service.setWeight(settings.number("weight"));
        service.setWarmup(settings.number("warmup"));
        service.setTimeout(settings.number("timeout"));
        service.setDelay(settings.number("delay"));
        if (settings.has("token")) {
            service.setToken(settings.text("token", null));
        }
        service.setParameters(settings.under("parameter"));
        return service;
    }

    /** Dubbo refuses a loopback address as its own and would register the machine's first other one. */
    static void beLocal() throws ReflectiveOperationException {
        Field address = NetUtils.class.getDeclaredField("HOST_ADDRESS");
        address.setAccessible(true);
        address.set(null, "127.0.0.1");
    }

    private static void endWithParent() {
        Thread parent = new Thread(Provider::waitForParent, "parent");
        parent.setDaemon(true);
        parent.start();
    }

    private static void waitForParent() {
        try {
            while (System.in.read() >= 0) {
                // Whatever comes is of no interest; only the end is.
            }
        } catch (IOException broken) {
            // As good as the end.
        }
        Runtime.getRuntime().halt(0);
    }
}
