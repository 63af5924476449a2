import type { Endpoint } from "./rest.js";
import {
  account202,
  createUser200,
  deleteAccount206,
  generateToken2305,
  login201,
  logout226,
  registerLicense705,
  renew2304,
  role211,
  unregister706,
  updateAccount208,
  verify107,
} from "./rest-accounts.js";
import { metrics, mimes101, regions108, roles102, status100, statuses104 } from "./rest-general.js";
import { addData506, createMeasurement504, end522, intermediate, list501, retrieve500 } from "./rest-measurements.js";
import { create400, delete404, list402, retrieve401, update405 } from "./rest-profiles.js";
import { config809, configHash810, list805, retrieve804 } from "./rest-studies.js";

/** Every REST endpoint; the first one that fits a request answers it. The numbers are the vendor's action IDs. */
export const ENDPOINTS: readonly Endpoint[] = [
  { name: "100", method: "GET", path: /^\/status$/, answer: status100 },
  { name: "101", method: "GET", path: /^\/mimes$/, answer: mimes101 },
  { name: "102", method: "GET", path: /^\/roles$/, answer: roles102 },
  { name: "104", method: "GET", path: /^\/statuses$/, answer: statuses104 },
  { name: "107", method: "GET", path: /^\/auth$/, answer: verify107 },
  { name: "108", method: "GET", path: /^\/regions$/, answer: regions108 },
  { name: "metrics", method: "GET", path: /^\/metrics$/, answer: metrics },
  { name: "705", method: "POST", path: /^\/organizations\/licenses$/, answer: registerLicense705 },
  { name: "706", method: "DELETE", path: /^\/organizations\/licenses$/, answer: unregister706 },
  { name: "200", method: "POST", path: /^\/users$/, answer: createUser200 },
  { name: "202", method: "GET", path: /^\/users$/, answer: account202 },
  { name: "208", method: "PATCH", path: /^\/users$/, answer: updateAccount208 },
  { name: "206", method: "DELETE", path: /^\/users$/, answer: deleteAccount206 },
  { name: "211", method: "GET", path: /^\/users\/role$/, answer: role211 },
  { name: "201", method: "POST", path: /^\/users\/auth$/, answer: login201 },
  { name: "226", method: "DELETE", path: /^\/users\/auth$/, answer: logout226 },
  { name: "2304", method: "POST", path: /^\/auths\/renew$/, answer: renew2304 },
  { name: "2305", method: "POST", path: /^\/auths\/generateToken$/, answer: generateToken2305 },
  { name: "400", method: "POST", path: /^\/users\/profiles$/, answer: create400 },
  { name: "402", method: "GET", path: /^\/users\/profiles$/, answer: list402 },
  { name: "401", method: "GET", path: /^\/users\/profiles\/(?<id>[^/]{1,64})$/, answer: retrieve401 },
  { name: "405", method: "PATCH", path: /^\/users\/profiles\/(?<id>[^/]{1,64})$/, answer: update405 },
  { name: "404", method: "DELETE", path: /^\/users\/profiles\/(?<id>[^/]{1,64})$/, answer: delete404 },
  { name: "805", method: "GET", path: /^\/studies$/, answer: list805 },
  { name: "804", method: "GET", path: /^\/studies\/(?<id>[^/]{1,64})$/, answer: retrieve804 },
  { name: "809", method: "POST", path: /^\/studies\/sdkconfig$/, answer: config809 },
  { name: "810", method: "POST", path: /^\/studies\/sdkconfig\/hash$/, answer: configHash810 },
  { name: "504", method: "POST", path: /^\/measurements$/, answer: createMeasurement504 },
  { name: "501", method: "GET", path: /^\/measurements$/, answer: list501 },
  { name: "506", method: "POST", path: /^\/measurements\/(?<id>[^/]{1,64})\/data$/, answer: addData506 },
  { name: "522", method: "POST", path: /^\/measurements\/(?<id>[^/]{1,64})\/end$/, answer: end522 },
  {
    name: "results",
    method: "GET",
    path: /^\/measurements\/(?<id>[^/]{1,64})\/results\/(?<order>\d{1,9})$/,
    answer: intermediate,
  },
  { name: "500", method: "GET", path: /^\/measurements\/(?<id>[^/]{1,64})$/, answer: retrieve500 },
];
