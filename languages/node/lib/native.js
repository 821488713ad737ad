"use strict";

module.exports = require(process.env.ANYARCHIVE_NATIVE ?? "../build/native.node");
