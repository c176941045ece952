package com.acme.zoo;

import java.io.IOException;
import org.apache.zookeeper.server.ZooKeeperServerMain;

/** A ZooKeeper server that ends with the process that started it: when its standard input closes, it is gone. */
public final class ZooKeeper {
    private ZooKeeper() {}

    public static void main(String[] arguments) {
        Thread parent = new Thread(ZooKeeper::endWithParent, "parent");
        parent.setDaemon(true);
        parent.start();
        ZooKeeperServerMain.main(arguments);
    }

    private static void endWithParent() {
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
