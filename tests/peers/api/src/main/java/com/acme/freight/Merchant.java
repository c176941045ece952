package com.acme.freight;

import java.io.Serializable;

/** A person with a home, where nearly everything may be absent. */
public class Merchant implements Serializable {
    private static final long serialVersionUID = 1L;

    private String name;
    private Integer age;
    private Long licence;
    private Oasis home;
    private String nickname;

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public Integer getAge() {
        return age;
    }

    public void setAge(Integer age) {
        this.age = age;
    }

    public Long getLicence() {
        return licence;
    }

    public void setLicence(Long licence) {
        this.licence = licence;
    }

    public Oasis getHome() {
        return home;
    }

    public void setHome(Oasis home) {
        this.home = home;
    }

    public String getNickname() {
        return nickname;
    }

    public void setNickname(String nickname) {
        this.nickname = nickname;
    }
}
