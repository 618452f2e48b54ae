// PouchDB on one machine of the benchmark `peers`: it does what each line it reads says, and answers with a line.
//   serve ADDRESS PORT | fill FILE | edit WORD | copy URL
const fs = require("fs");
const readline = require("readline");
const PouchDB = require("pouchdb");

const db = new PouchDB(process.argv[2] + "/records");

const deeds = {
    async serve(address, port) {
        const Served = PouchDB.defaults({ prefix: process.argv[2] + "/" });
        const app = require("express")();
        app.use("/", require("express-pouchdb")(Served, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: process.argv[2] + "/log" }));
        await new Promise((done) => app.listen(Number(port), address, done));
    },
    async fill(file) {
        const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
        for (let from = 0; from < lines.length; from += 500) await db.bulkDocs(lines.slice(from, from + 500));
    },
    async edit(word) {
        const { total_rows } = await db.info().then(() => db.allDocs({ limit: 0 }));
        for (let n = 0; n < 10; n++) {
            const doc = await db.get(String(Math.floor((n * total_rows) / 10)));
            await db.put({ ...doc, title: doc.title + ", " + word + " times better" });
        }
    },
    async copy(url) {
        await new Promise((done, failed) =>
            PouchDB.replicate(url, db, { batch_size: 1000 }).on("complete", done).on("error", failed),
        );
    },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const [deed, ...words] = line.split(" ");
    try {
        await deeds[deed](...words);
        console.log("done");
    } catch (error) {
        console.log("failed " + error.message);
    }
});
