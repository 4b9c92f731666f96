"use strict";

// What is kept of this quiz in the browser. IndexedDB and not localStorage, which browsers write to disk seconds later: a browser that is
// killed would lose the latest answers. An answer is on disk before the next image is shown.
class Store {
  constructor(database) {
    this.database = database;
    this.records = new Map();
  }

  get kept() {
    return this.database !== null;
  }

  // Never fails: without a database (a private window, a policy) everything is held until the page is closed.
  static open(name) {
    return new Promise((resolve) => {
      const without = () => resolve(new Store(null));
      let request;
      try {
        request = indexedDB.open(name, 1);
      } catch {
        return without();
      }
      request.onupgradeneeded = () => request.result.createObjectStore("records");
      request.onerror = request.onblocked = without;
      request.onsuccess = () => {
        const store = new Store(request.result);
        store.load().then(() => resolve(store), without);
      };
    });
  }

  load() {
    return new Promise((resolve, reject) => {
      const request = this.database.transaction("records").objectStore("records").openCursor();
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve();
        this.records.set(cursor.key, cursor.value);
        cursor.continue();
      };
    });
  }

  get(key) {
    return this.records.get(key);
  }

  has(key) {
    return this.records.has(key);
  }

  // Fulfilled when the record is on disk; rejected when it could not be written, and then it is not held either.
  put(key, value) {
    if (!this.kept) {
      this.records.set(key, value);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction("records", "readwrite", { durability: "strict" });
      transaction.objectStore("records").put(value, key);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      transaction.oncomplete = () => {
        this.records.set(key, value);
        resolve();
      };
    });
  }
}
