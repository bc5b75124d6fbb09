# docker build -t fastqueue . && docker run -p 9080:9080 -v fastqueue:/data fastqueue
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci
COPY src src
COPY compat compat
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
WORKDIR /app
ENV FASTQUEUE_HOST=0.0.0.0 FASTQUEUE_DATA_DIR=/data
COPY --from=build /app/package.json package.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 9080
CMD ["node", "--disable-proto=delete", "dist/src/main.js"]
